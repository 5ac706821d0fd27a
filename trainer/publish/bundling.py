"""A run, or an earlier bundle -> a bundle that was proved. `docs/bundle.md` describes its files.

What it claims of a run is measured here. A bundle keeps its figures, for its network stays the same, unless it is given
the data to measure it anew.
"""

import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from space.errors import UserError
from space.metrics import Counts, score, score_text
from space.model.bundle import Bundle, is_bundle, open_bundle, read_contract, sha256, verify
from space.model.contract import Contract, Data
from space.model.figures import Metrics, SplitFigures
from space.model.history import read_history
from space.model.segmenter import Segmenter
from space.preprocessing import Window, threshold_level
from space.readers.image import read_slice
from space.readers.mask import read_mask
from trainer.compare import reached
from trainer.dataset import load_split, same_slices
from trainer.evaluate import evaluate
from trainer.export import check_agreement, export_run, load_published
from trainer.figures import draw_curves, draw_robustness
from trainer.publish.card import write_card
from trainer.publish.consent import NO_CONSENT, Consent, check_shared, real, without_names
from trainer.publish.convert import converted
from trainer.publish.lessons import NO_LESSONS, Gathered, Lessons, add_networks, add_overfitting, gather
from trainer.publish.samples import Asked, add_samples, check_samples
from trainer.robustness import robustness
from trainer.run import RunFolder

INTENDED_USE = (
    "Teaching: to show what a U-Net, a threshold and the Dice similarity coefficient do. It is no medical "
    "device and must not be used for diagnosis or treatment."
)
LIMITS = (
    "Trained on the one collection named below; other scanners, protocols and patients were never seen.",
    "It sees one slice at a time and knows nothing of the slices above and below.",
    "The orientation must be the usual one: the back at the bottom, the patient's right at the image's left.",
)
LIMITS_OF_COLLECTIONS = {
    "pancreas-ct": (
        "The collection holds adults with a healthy pancreas and portal-venous contrast: no children, no disease, "
        "no surgery.",
        "Validation subject 0070 is the scan of the training subjects 0002 and 0025, traced anew: validation "
        "figures flatter.",
    )
}


class Written(NamedTuple):
    """What is known once the network, its history and its samples are in the folder."""

    contract: Contract
    """Complete but for name, version and hashes."""
    metrics: Metrics


def build_bundle(
    source: Path,
    folder: Path,
    *,
    repo: str,
    version: str,
    samples: str | None = None,
    consent: Consent = NO_CONSENT,
    data: Path | None = None,
    lessons: Lessons = NO_LESSONS,
    spaces: Sequence[str] = (),
) -> Bundle:
    """Write a bundle and prove it.

    Parameters
    ----------
    source : a folder that `fit` made, or a bundle, which keeps its network and lessons. One of contract 1 is converted.
    folder : the folder to write; an earlier bundle in it is replaced, `source` itself too.
    repo : 'owner/name', for the card; the name is the model's.
    version : such as '2.0.0'.
    samples : what it brings to click on: 'none', 'phantom', 'test' or a folder; without it a bundle keeps what it has,
        and a run's has none.
    consent : what is needed where they show people.
    data : the prepared data set to measure on. A run's is found where it was; a bundle without it keeps its figures.
    lessons : other runs to show beside it.
    spaces : where it can be tried, 'owner/name', for the card.

    Raises
    ------
    UserError
        if the run or its data are incomplete, Keras and ONNX differ, or slices of people may not be shown.
    """
    if folder.exists() and any(folder.iterdir()) and not is_bundle(folder):
        raise UserError(f"{folder} holds something that is not a bundle: give another folder.")
    with tempfile.TemporaryDirectory() as temporary:
        made = Path(temporary) / "bundle"
        made.mkdir()
        if not is_bundle(source):
            gathered = gather(lessons, RunFolder(source).config().data)
            written = from_run(RunFolder(source), made, samples or "none", consent, data)
        else:
            whole = converted(source, Path(temporary) / "converted")
            gathered = gather(lessons, read_contract(whole).data)
            written = from_bundle(whole, made, samples, consent, data)
        metrics = with_lessons(written, gathered, made)
        metrics.write(made / "metrics.json", indent=None)
        data_set = written.contract.data
        licensed = data_set.model_copy(update={"licence": consent.licence or data_set.licence})
        named = {"name": repo.split("/")[-1], "version": version, "sha256": hashes(made), "data": licensed}
        written.contract.model_copy(update=named).write(made / "contract.json")
        bundle = open_bundle(made, str(made))
        people = bool(real(bundle.samples))
        if people:
            check_shared(consent, data_set.licence)
        card = write_card(bundle.contract, bundle.metrics, bundle.history, repo, people=people, spaces=spaces)
        (made / "README.md").write_text(card, "utf-8")
        prove_bundle(bundle)
        put_in_place(made, folder)
    return open_bundle(folder, str(folder))


def put_in_place(made: Path, folder: Path) -> None:
    """Copy a bundle to where it is wanted; until all of it is there, the earlier one is."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".part-", dir=folder.parent) as beside:
        shutil.copytree(made, Path(beside, "new"))
        if folder.exists():
            folder.rename(Path(beside, "old"))
        Path(beside, "new").rename(folder)


def from_bundle(source: Path, folder: Path, samples: str | None, consent: Consent, data: Path | None) -> Written:
    """Copy the files of a bundle, once they match their hashes; with data, measure it anew."""
    bundle = open_bundle(source, str(source))
    contract = bundle.contract
    asked = Asked(contract.target, contract.modality, contract.window, contract.data.licence)
    check_samples(samples or "none", asked, consent, data)
    for name in bundle.contract.sha256:
        verify(source, name, bundle.contract.sha256)
        (folder / name).parent.mkdir(exist_ok=True)
        shutil.copy(source / name, folder / name)
    if samples:
        add_samples(samples, folder, asked, data)
    if not data:
        return Written(contract, bundle.metrics)
    found = measure(folder, contract.data, contract.threshold, data)
    kept = nameless(found).model_copy(update={"recipes": bundle.metrics.recipes, "ablation": bundle.metrics.ablation})
    return Written(contract.model_copy(update={"measured": ""}), kept)


def from_run(run: RunFolder, folder: Path, samples: str, consent: Consent, data: Path | None) -> Written:
    """Export the network of a run, measure it, and draw its figures. No name of a subject goes along."""
    config, about, history = run.config(), run.about(), run.history()
    target, settings = config.data.target, config.settings
    modality, window = config.data.modality, Window(*config.data.window_hu)
    where = data or Path(config.data_folder)
    asked = Asked(target, modality, window, config.data.licence)
    check_samples(samples, asked, consent, where)
    model, geometry = export_run(run, folder / "model.onnx")
    model.save(folder, zipped=False)
    metrics = measure(folder, config.data, settings.threshold, where)
    run.keep_figures(validation=metrics.validation, test=metrics.test, robustness=metrics.robustness)
    shutil.copy(run.path / "history.csv", folder / "history.csv")
    draw_curves(history, folder / "curves.png")
    add_samples(samples, folder, asked, where)
    contract = Contract(
        **dict(about),
        name=run.name,
        version="0.0.0",
        target=target,
        modality=modality,
        plane="axial",
        window_hu=config.data.window_hu,
        slice=geometry,
        threshold=settings.threshold,
        parameters=model.count_params(),
        intended_use=INTENDED_USE,
        limits=LIMITS + LIMITS_OF_COLLECTIONS.get(config.data.source, ()),
        sha256={},
    )
    return Written(contract, nameless(metrics))


def nameless(metrics: Metrics) -> Metrics:
    """Return the figures under pseudonyms."""
    return metrics.model_copy(update={name: without_names(split, name) for name, split in metrics.splits.items()})


def measure(folder: Path, trained_on: Data, threshold: float, where: Path) -> Metrics:
    """Measure the model file of a bundle on both splits and on changed slices, and draw the latter."""
    if not same_slices(where, trained_on):
        raise UserError(f"{where} is not the data set that the network was trained on: prepare that one again.")
    segmenter = Segmenter(folder / "model.onnx")

    def figures_of(name: str) -> SplitFigures:
        split = load_split(where, name)
        print(f"Evaluating the {name} split ({len(split.indices)} slices) ...")
        found = evaluate(segmenter, split, threshold)
        print(f"  mean volume Dice {score_text(found.mean_volume_dice)}")
        return found

    validation, test = figures_of("validation"), figures_of("test")
    print("Measuring on changed validation slices ...")
    changed = robustness(segmenter, load_split(where, "validation"), threshold)
    draw_robustness(changed, folder / "robustness.png")
    return Metrics(validation=validation, test=test, robustness=changed)


def with_lessons(written: Written, gathered: Gathered, folder: Path) -> Metrics:
    """Return the figures with the tables of other runs; write the curves of one that overfits, and other networks."""
    if gathered.overfitting:
        add_overfitting(gathered.overfitting, folder)
    add_networks(gathered.networks, folder)
    contract, metrics = written
    beside = tuple({row.run: row for row in (*metrics.recipes[1:], *gathered.beside)}.values())  # the newer one counts
    own = reached(contract.preset, contract, contract.parameters, read_history(folder / "history.csv"), metrics)
    tables: dict[str, object] = {"recipes": (own, *beside) if beside else ()}
    if gathered.ablation:
        tables["ablation"] = tuple(gathered.ablation)
    return metrics.model_copy(update=tables)


def hashes(folder: Path) -> dict[str, str]:
    """Return the sha256 of every file of a folder."""
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    return {path.relative_to(folder).as_posix(): sha256(path) for path in files}


def prove_bundle(bundle: Bundle) -> None:
    """Check every file of a bundle against its hash, and its two networks against each other on its examples."""
    for name in bundle.contract.sha256:
        verify(bundle.folder, name, bundle.contract.sha256)
    print("All files match their hashes.")
    segmenter = Segmenter(bundle.folder / "model.onnx")
    level = threshold_level(bundle.contract.threshold)
    slices = []
    for sample in bundle.samples:
        case = read_slice(sample.image, bundle.contract.window, modality=bundle.contract.modality)
        slices.append(case.hu[0])
        if sample.mask:
            mask = read_mask(sample.mask, bundle.contract.target).labels.mask(bundle.contract.target)[0]
            counts = Counts(*map(int, segmenter.predict(case.hu[0], mask).table[level]))
            print(f"  example {sample.name}: Dice {score_text(score(counts).dice)}")
    seen = "the examples"
    if not slices:
        low, high = bundle.contract.window
        slices, seen = [np.linspace(low, high, 256 * 256, dtype=np.float32).reshape(256, 256)], "a grey ramp"
    worst = check_agreement(load_published(bundle.folder), segmenter, slices)
    print(f"Keras and ONNX agree on {seen}: they differ by {worst:.1e} at most.")
