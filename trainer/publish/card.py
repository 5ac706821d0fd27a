"""The model card: a bundle's README.md with its `model-index`, written from the contract and the metrics.

References
----------
Mitchell M et al. Model cards for model reporting. FAT* 2019, arXiv:1810.03993.
"""

import shlex
from collections.abc import Sequence

from huggingface_hub import EvalResult, ModelCardData

from space.anatomy import file_word
from space.modality import SCALES
from space.model.contract import Contract, Splits
from space.model.figures import Metrics, SplitFigures, headline
from space.model.history import Epoch, kept
from space.preprocessing import ABDOMEN, threshold_level
from space.report.labels import DICE
from space.report.lowest_slices import lowest
from space.report.recipes import caveat, judged
from space.report.results_text import how_measured, leftover
from space.report.run_settings import CALIBRATIONS, LOSSES, device
from trainer.dataset import REFINED_MM
from trainer.presets import PRESETS
from trainer.report import markdown, metric_table, table_of

CARD = """---
{yaml}
---

# {title}

A U-Net that outlines the {target} on a single {plane} {modality} slice. It was made for teaching, after the article
'Magician's Corner: 4. Image Segmentation with U-Net' (Erickson and Cai, Radiology: Artificial Intelligence
2020;2(1):e190161, [doi:10.1148/ryai.2020190161](https://doi.org/10.1148/ryai.2020190161)).

## Intended use

{intended_use}

## Limits

{limits}

## Data and split

{data}

The network sees the window from {low:g} to {high:g}{unit} in 256 grey levels. Splits are by subject: all slices of a
subject are in one of them.

{split_table}

{phantoms}

## Licences

- The model and the code that made it: MIT.
- The data: {data_licence}.{sample_licence}

## Training

Preset `{preset}` of the trainer in the demo's repository, {parameters:,} parameters, {epochs} epochs in
{minutes:.0f} minutes on {device}. It began with {start}; the weights are those of epoch {kept}, the best on validation.
Loss function: {loss}. Probabilities: {calibration}.

`contract.json` holds the settings and the seed, and the hashes of the prepared data; `history.csv` and `curves.png`
hold the curves. The commands, where DATA and RUN are folders of your own:

```sh
{commands}
```

Packages: {versions}. Code: {code}.

![training curves](curves.png)

## Evaluation

{metric_table}

Counted on whole slices, with and without {target}, at a threshold of {threshold}. {measured}

{meanings}

Figures for every subject and every slice are in `metrics.json`.

### Where it fails

{failures}

### What its probabilities mean

The share of pixels inside the mask should be the probability that the network gave them. Measured on the test
subjects. {leftover}

### On slices that differ from those of the training

Mean volume Dice on {robust_slices} validation slices, one change at a time; the dotted lines mark the
value in training.

![Dice over the strength of each change](robustness.png)

{lessons}
## How to use

{tried}In the demo: set the variable `MODEL_REPO` to this repository's name, and `MODEL_REVISION` to `v{version}`.
In Python:

```python
from huggingface_hub import snapshot_download
import numpy as np, onnxruntime as ort

folder = snapshot_download("{repo}", revision="v{version}")
session = ort.InferenceSession(folder + "/model.onnx")
hu = np.zeros((512, 512), np.float32)  # your slice in {values}
inputs = {{
    "hu": hu,
    "reference": np.zeros(hu.shape, np.uint8),  # a mask to compare with, not 0 inside; all 0 without one
    "pixel_mm": np.zeros(2, np.float32),  # height and width of a pixel in mm; 0: not known
{skip_gain}}}
pixels, probability, table = session.run(["pixels", "map", "table"], inputs)
marked = probability >= {level}  # 255 stands for a probability of 1, so this is the threshold of {threshold}
tp, fp, fn = table[{level}]  # pixels against the mask, at this threshold
```

`keras.saving.load_model(folder)` opens the network itself in Keras for further training. It takes the slice windowed
and scaled to 0..1, [1, height, width, 1], with sides that are multiples of {divisor}.

## Environmental cost

{minutes:.0f} minutes of training on {device}. Energy was not measured, so no emissions are stated.
"""
SKIP_GAIN = '    "skip_gain": np.ones({levels}, np.float32),  # 1: every skip connection as trained\n'


def write_card(
    contract: Contract,
    metrics: Metrics,
    history: Sequence[Epoch],
    repo: str,
    *,
    people: bool = False,
    spaces: Sequence[str] = (),
) -> str:
    """Return the text of the card.

    Parameters
    ----------
    people : whether its samples are slices of people.
    spaces : where it can be tried, 'owner/name'.
    """
    settings, training, window = contract.settings, contract.training, contract.window
    scale = SCALES[contract.modality]
    return CARD.format(
        yaml=front_matter(contract, metrics).to_yaml(),
        **{name: getattr(contract, name) for name in ("title", "version", "target", "plane", "modality", "preset")},
        **{name: getattr(contract, name) for name in ("intended_use", "parameters", "threshold")},
        limits="\n".join(f"- {limit}" for limit in contract.limits),
        data=data_words(contract),
        low=window.low,
        high=window.high,
        unit=f" {scale.unit}" if scale.unit else " of the scanner's grey values",
        values="Hounsfield units" if scale.unit else scale.values,
        split_table=split_table(contract.data.splits),
        phantoms=f"Slices of {settings.phantoms} synthetic abdomens (phantoms, drawn by the trainer) were mixed in."
        if settings.phantoms
        else "All training slices are of the data set.",
        epochs=len(history),
        minutes=training.minutes,
        device=device(contract),
        kept=kept(history).epoch,
        start=f"the weights of {contract.start}, whose training comes on top" if contract.start else "random weights",
        loss=LOSSES[settings.loss],
        calibration=CALIBRATIONS[settings.calibration],
        commands=commands(contract),
        versions=", ".join(
            f"{name} {number}" for name, number in {"Python": training.python, **training.packages}.items()
        ),
        code=training.code or "its commit was not recorded",
        data_licence=contract.data.licence or "what their source says, see 'Data and split'",
        sample_licence=" The sample slices show real people, and are part of the data." if people else "",
        metric_table=metric_table(metrics),
        measured=how_measured(contract) or "Measured with this very file.",
        meanings="\n".join(f"- *{label.name}*: {label.meaning}" for label in DICE.values()),
        failures=failures(metrics.test, contract.target),
        leftover=leftover(metrics.test),
        robust_slices=metrics.robustness.slices,
        lessons=lessons(contract, metrics),
        repo=repo,
        tried=tried(spaces),
        skip_gain=SKIP_GAIN.format(levels=contract.slice.levels) if contract.slice.levels else "",
        level=threshold_level(contract.threshold),
        divisor=contract.slice.divisor,
    )


def front_matter(contract: Contract, metrics: Metrics) -> ModelCardData:
    """Return the YAML head of the card; its `model-index` holds the test figures."""
    source, found = contract.data.source, headline(metrics.test)
    results = [
        EvalResult(
            task_type="image-segmentation",
            task_name=f"{contract.target} segmentation",
            dataset_type=source,
            dataset_name=f"{source} (test split by subject)",
            dataset_split="test",
            metric_type="dice",
            metric_name=label.name,
            metric_value=round(value, 4),
        )
        for name, label in DICE.items()
        if (value := getattr(found, name)) is not None
    ]
    return ModelCardData(
        license="mit",
        datasets=[source],
        library_name="keras",
        pipeline_tag="image-segmentation",
        tags=["medical", contract.modality.lower(), file_word(contract.target), "u-net", "teaching", "onnx"],
        model_name=contract.name,
        eval_results=results or None,
    )


def data_words(contract: Contract) -> str:
    """Return where the slices come from."""
    return contract.data.citation or f"Data set '{contract.data.source}', not cited by its publisher."


def commands(contract: Contract) -> str:
    """Return the commands that prepare the data and train the network, without a path of the publisher's machine."""
    data, settings = contract.data, contract.settings
    prepared = ["prepare", data.source, "DATA", "--target", contract.target, "--seed", str(data.seed)]
    if contract.modality != "CT":
        prepared += ["--modality", contract.modality]
    if contract.window != ABDOMEN:
        prepared += ["--window", *(f"{end:g}" for end in contract.window)]
    if contract.slice.refined_mm != REFINED_MM:
        prepared += ["--pixel-size", f"{contract.slice.refined_mm:g}"]
    if data.label:
        prepared += ["--label", data.label]
    if data.source == "phantom":
        splits = data.splits
        subjects = splits.train.subjects + splits.validation.subjects + splits.test.subjects
        prepared += ["--subjects", str(subjects)]
    trained = ["fit", "DATA", "--out", "RUN", "--preset", contract.preset]
    usual = PRESETS[contract.preset].model_dump() if contract.preset in PRESETS else {}
    for name, value in settings.model_dump().items():
        if usual.get(name) != value:
            words = ",".join(map(str, value)) if isinstance(value, tuple) else str(value)
            trained += [f"--{name.replace('_', '-')}", words]
    if contract.start:
        trained += ["--start", contract.start]
    return "\n".join(shlex.join(["python", "-m", "trainer", *line]) for line in (prepared, trained))


def tried(spaces: Sequence[str]) -> str:
    """Return where the network can be tried in a browser."""
    links = [f"[{name}](https://huggingface.co/spaces/{name})" for name in spaces]
    return f"Try it in your browser: {' or '.join(links)}.\n\n" if links else ""


def split_table(splits: Splits) -> str:
    """Return subjects and slices of each split as a Markdown table."""
    rows = [(name, *map(str, (split.subjects, split.with_organ, split.without_organ))) for name, split in splits]
    return table_of(["split", "subjects", "slices with", "slices without"], rows)


def failures(split: SplitFigures, target: str) -> str:
    """Return the lowest test slices in words."""
    found = lowest(split, "test", target)
    return "\n".join([found.summary, "", *(f"- {line}" for line in found.lines)])


def lessons(contract: Contract, metrics: Metrics) -> str:
    """Return the tables of other runs, those that the bundle has."""
    text = ""
    if metrics.recipes:
        text += (
            "### Beside other recipes\n\nTrained on the same slices; minutes and images per second are those of the "
            f"machine that each was trained on.\n\n{markdown(metrics.recipes)}\n\n"
        )
    if metrics.ablation:
        first = metrics.ablation[0]
        text += (
            f"### What the ingredients are worth\n\nThe recipe for {first.settings.epochs} epochs only, one ingredient "
            "left out at a time, measured on validation; the first line says how it differs from this model's, the "
            "others how they differ from the first. A difference no larger than that of another seed means nothing. "
            f"{caveat(metrics.ablation)} 'Changed slices' is the mean Dice over all changes of the section above."
            f"\n\n{markdown(judged(metrics.ablation), contract)}\n\n"
        )
    return text
