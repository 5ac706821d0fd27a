"""Hostile bundles: `python -m tests.fuzz.bundles --inputs 100000 --seed 0`.

Every file of a bundle is changed, as bytes and as a structure; its hash is made right again, so that it does not hide
what is behind it. What is taken must make a page: its words, tables and charts for all inputs, and for some all of it.
"""

import argparse
import csv
import io
import json
import shutil
import tempfile
from functools import partial
from pathlib import Path
from random import Random

from space.answer import Responder
from space.model.bundle import BUNDLED, Bundle, TrainingRun, open_bundle, sha256
from space.model.hub import Choice
from space.model.trial import try_out
from space.report import changes_text, recipes, results_charts, results_text, training_charts, training_text
from space.ui import lessons, texts
from space.ui.page import build_demo, launch_options
from space.ui.results import ranked_pictures
from tests.fuzz import mutate, structures
from tests.fuzz.outcomes import Outcomes, Wrong

OWN = "contract.json"
FILES = (OWN, "metrics.json", "history.csv", "samples/samples.csv", "overfitting/config.json", "networks/no-skips.json")


def small(folder: Path, *, networks: bool) -> None:
    """Copy the bundled model, without what takes long to read and is the same over and over."""
    shutil.copytree(BUNDLED, folder, ignore=shutil.ignore_patterns("*.h5", "README.md", "article*", "curves.png"))
    contract = json.loads((folder / OWN).read_text("utf-8"))
    metrics = json.loads((folder / "metrics.json").read_text("utf-8"))
    for split in ("test", "validation", "train"):
        if split in metrics:
            metrics[split]["per_slice"] = metrics[split]["per_slice"][:4]
    metrics["recipes"] = [row for row in metrics["recipes"] if row["run"] in ("default", "no-skips")]
    for history in (folder / "history.csv", folder / "overfitting" / "history.csv"):
        rows = history.read_text("utf-8").splitlines()
        history.write_text("\n".join(rows[:6]) + "\n", "utf-8")
    metrics["ablation"] = metrics["ablation"][:3]
    (folder / "metrics.json").write_text(json.dumps(metrics), "utf-8")
    for model in () if networks else folder.rglob("*.onnx"):
        model.write_bytes(b"not looked at")
    contract["sha256"] = {name: sha256(folder / name) for name in contract["sha256"] if (folder / name).is_file()}
    (folder / OWN).write_text(json.dumps(contract), "utf-8")


def put(folder: Path, name: str, data: bytes) -> None:
    """Write a file of a bundle, with its hash."""
    (folder / name).write_bytes(data)
    if name != OWN:
        contract = json.loads((folder / OWN).read_text("utf-8"))
        contract["sha256"][name] = sha256(folder / name)
        (folder / OWN).write_text(json.dumps(contract), "utf-8")


def changed(rng: Random, name: str, data: bytes) -> bytes:
    """Return a changed file."""
    if rng.random() < 0.3:
        return mutate.mutant(rng, [data])
    if name.endswith(".json"):
        return structures.mutant(rng, json.loads(data)).encode("utf-8", "surrogatepass")
    return _table(rng, data.decode("utf-8")).encode("utf-8", "surrogatepass")


def _table(rng: Random, text: str) -> str:
    """Return a changed CSV."""
    rows = list(csv.reader(io.StringIO(text)))
    for _ in range(rng.choice((1, 1, 2, 3))):
        row = rng.choice(rows) if rows else []
        what = rng.choice(("cell", "cell", "cell", "long", "lost", "more", "rows", "swapped"))
        if what in ("cell", "long") and row:
            huge = "x" * rng.choice((200_000, 3_000_000))
            row[rng.randrange(len(row))] = (
                huge if what == "long" else rng.choice((*structures.TEXTS, "-1", "1e308", "1e-9"))
            )
        elif what == "lost" and row:
            row.pop()
        elif what == "more":
            row.extend(["x"] * rng.choice((1, 1000)))
        elif what == "rows":
            twice = rng.choice(rows) if rows else []
            many = min(rng.choice((1, 100, 20_000)), 10_000_000 // (1 + sum(map(len, twice))))
            rows += [list(twice) for _ in range(many)]
        elif rows:
            rng.shuffle(rows)
    made = io.StringIO()
    csv.writer(made, lineterminator="\n").writerows(rows)
    return made.getvalue()


def words_of(bundle: Bundle) -> list[str]:
    """Return all HTML that the page makes of a bundle without its network; all data of charts must become JSON."""

    contract, metrics = bundle.contract, bundle.metrics
    runs = [TrainingRun(bundle.history, contract), *([bundle.overfitting] if bundle.overfitting else [])]
    for data in (
        results_charts.over_threshold(bundle),
        results_charts.over_probability(bundle),
        results_charts.over_strength(bundle),
        training_charts.curves(runs),
        lessons.needs(bundle),
    ):
        json.dumps(data, allow_nan=False)
    made = [
        texts.header(bundle, ""),
        texts.explanation(contract),
        changes_text.broken_heading(contract, measured=True),
        results_text.figures(bundle),
        results_text.subjects(metrics),
        results_text.examples_heading(bundle),
        results_text.probability_details(bundle),
        results_text.without_organ(bundle),
        results_text.lowest_html(bundle),
        results_text.limits(contract),
        training_text.reading(runs),
        training_text.data_and_split(contract),
        training_text.settings(runs),
        training_text.numbers(bundle.history),
    ]
    if metrics.ablation:
        made += [recipes.most_worth(metrics.ablation), recipes.ingredients(metrics.ablation, contract)]
    return made + ([recipes.recipes(metrics.recipes), recipes.costs(metrics.recipes)] if metrics.recipes else [])


def page_of(bundle: Bundle) -> None:
    """Build the whole page, as the start of the app does, and look at what a person sees first in each tab."""
    try_out(bundle)
    responder = Responder(bundle)
    demo = build_demo(Choice(responder, ""))
    launch_options(responder)
    ranked_pictures(responder)
    json.dumps(demo.get_config_file(), default=str, allow_nan=False)


def shown(folder: Path, *, page: bool) -> None:
    """Open a bundle and show it; what is refused raises a `UserError`."""
    bundle = open_bundle(folder, structures.EVIL)
    outside = [path for path in paths_of(bundle) if not path.resolve().is_relative_to(folder.resolve())]
    if outside:
        raise Wrong(f"a file outside the folder: {outside}")
    made = words_of(bundle)
    if any(structures.EVIL.split()[0] in text for text in made):
        raise Wrong("markup of the bundle's stands in the page")
    if sum(map(len, made)) > 20e6:
        raise Wrong(f"a page of {sum(map(len, made))} characters")
    if page:
        page_of(bundle)


def paths_of(bundle: Bundle) -> list[Path]:
    """Return every file that the app may read."""
    samples = [path for sample in bundle.samples for path in (sample.image, sample.mask) if path]
    return [*(path for path in samples if BUNDLED not in path.parents), *(network.model for network in bundle.networks)]


def fuzz(inputs: int, seed: int, files: tuple[str, ...], *, pages: bool) -> None:
    """Try changed bundles, one file of them after the other; `pages` are built whole, and take seconds each."""
    with tempfile.TemporaryDirectory(prefix="fuzz-") as temporary:
        folder = Path(temporary, "bundle")
        small(folder, networks=pages)
        good = {name: (folder / name).read_bytes() for name in {OWN, *files}}
        for name in files:
            outcomes = Outcomes(f"{name}, whole pages" if pages else name)
            number = 0
            while outcomes.taken < inputs // len(files) if pages else number < inputs // len(files):
                rng = Random(f"{seed} {name} {number}")
                (folder / OWN).write_bytes(good[OWN])
                put(folder, name, changed(rng, name, good[name]))
                outcomes.attempt(number, partial(shown, folder, page=pages))
                number += 1
            (folder / OWN).write_bytes(good[OWN])
            put(folder, name, good[name])
            left = sorted(path.name for path in Path(temporary).iterdir() if path != folder)
            if left:
                outcomes.find(f"files left behind: {left}", "all")
            print(outcomes.line(), flush=True)


def main() -> None:
    """Print a line for each file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--inputs", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--pages", type=int, default=60)
    asked = parser.parse_args()
    fuzz(asked.inputs, asked.seed, FILES, pages=False)
    fuzz(asked.pages, asked.seed, (*FILES, "samples/phantom-2.png", "samples/phantom-1-mask.png"), pages=True)


if __name__ == "__main__":
    main()
