"""The command line: ``python -m trainer --help``."""

import dataclasses
import inspect
import sys
import warnings
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from space.console import write_on_any_console
from space.errors import UserError
from trainer.greetings import without_greetings
from trainer.presets import PRESETS, Settings

Split = Literal["train", "validation", "test"]
# no markup: it would swallow what stands in brackets
app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False, rich_markup_mode=None)


@app.command()
def prepare(
    source: Annotated[str, typer.Argument(help="a folder of slices and masks, or 'phantom'")],
    out: Annotated[Path, typer.Argument(help="the folder to write")],
    subjects: Annotated[int, typer.Option(help="phantoms to draw")] = 12,
    seed: Annotated[int, typer.Option(help="decides the split where SOURCE does not")] = 0,
    target: Annotated[str, typer.Option(help="the organ that the masks outline")] = "pancreas",
    citation: Annotated[str, typer.Option(help="where the data come from, for the model card")] = "",
) -> None:
    """Turn slices and masks into a data set, split by subject."""
    from trainer.prepare import prepare as run_prepare

    summary = run_prepare(source, out, subjects=subjects, seed=seed, target=target, citation=citation)
    for split, counts in summary["splits"].items():
        print(
            f"{split}: {counts['subjects']} subjects, {counts['with_organ']} slices with the organ, "
            f"{counts['without_organ']} without"
        )
    print(f"Written to {out}.")


def fit(data: Path, preset: str, out: Path, start: Path | None, **knobs: Any) -> None:
    """Train a network, or resume its training."""
    if preset not in PRESETS:
        raise UserError(f"There is no preset '{preset}': choose one of {', '.join(PRESETS)}.")
    given = {name: value for name, value in knobs.items() if value is not None}
    if "filters" in given:
        given["filters"] = parse_filters(given["filters"])
    settings = dataclasses.replace(PRESETS[preset], **given)
    from trainer.fit import fit as run_fit

    try:
        run_fit(data, out, settings, preset, start)
    except KeyboardInterrupt:
        print("\nStopped. The same command goes on from the last finished epoch.", file=sys.stderr)
        raise typer.Exit(130) from None


def parse_filters(text: str) -> tuple[int, ...]:
    """Return '8,16,32' as numbers."""
    try:
        return tuple(int(part) for part in text.split(","))
    except ValueError:
        raise UserError(f"--filters takes numbers with commas between, such as 8,16,32, not '{text}'.") from None


def knob_options() -> list[inspect.Parameter]:
    """Return one option for each setting; without it the preset's value holds."""
    options = []
    for knob in dataclasses.fields(Settings):
        kind = knob.type if knob.type in (int, float, str) else str  # filters: text with commas
        option = typer.Option(help=f"{knob.metadata['help']}; default: {shown(knob.default)}", show_default=False)
        options.append(
            inspect.Parameter(
                knob.name,
                inspect.Parameter.KEYWORD_ONLY,
                default=None,
                annotation=Annotated[kind | None, option],
            )
        )
    return options


def shown(value: Any) -> str:
    """Return a setting as one would type it."""
    return ",".join(map(str, value)) if isinstance(value, tuple) else str(value)


FIT_PARAMETERS = [
    inspect.Parameter(
        "data",
        inspect.Parameter.POSITIONAL_OR_KEYWORD,
        annotation=Annotated[Path, typer.Argument(help="a prepared data set")],
    ),
    inspect.Parameter(
        "preset",
        inspect.Parameter.POSITIONAL_OR_KEYWORD,
        default="default",
        annotation=Annotated[str, typer.Option(help=f"{', '.join(PRESETS)}: the flags below change one setting of it")],
    ),
    inspect.Parameter(
        "out", inspect.Parameter.KEYWORD_ONLY, annotation=Annotated[Path, typer.Option(help="the run folder")]
    ),
    inspect.Parameter(
        "start",
        inspect.Parameter.KEYWORD_ONLY,
        default=None,
        annotation=Annotated[Path | None, typer.Option(help="a bundle or a run to continue with its weights")],
    ),
    *knob_options(),
]
fit.__signature__ = inspect.Signature(FIT_PARAMETERS)  # type: ignore[attr-defined]
fit.__annotations__ = {p.name: p.annotation for p in FIT_PARAMETERS}
app.command()(fit)


@app.command()
def evaluate(
    target: Annotated[str, typer.Argument(help="a run folder, a bundle folder, or owner/name[@revision] on the Hub")],
    data: Annotated[Path, typer.Argument(help="a prepared data set")],
    split: Annotated[Split, typer.Option(help="which of the three to measure on")] = "test",
    json: Annotated[Path | None, typer.Option(help="write every figure to this file")] = None,
    figures: Annotated[Path | None, typer.Option(help="draw into this folder; a run's are in RUN/figures")] = None,
) -> None:
    """Measure a network on a split: Dice by volume, pooled and by slice, and more."""
    from space.model.bundle import is_bundle
    from space.model.history import read_history
    from trainer import figures as draw
    from trainer.dataset import load_split
    from trainer.evaluate import evaluate as measure
    from trainer.evaluate import keep_metrics, open_target, print_report, write_metrics

    slices = load_split(data, split)
    name, segmenter, threshold, folder = open_target(target, slices)
    metrics = measure(segmenter, slices, threshold)
    print_report(name, split, metrics)
    if json:
        write_metrics(json, metrics)
    is_run = not is_bundle(folder)  # into a bundle nothing is written
    if is_run:
        keep_metrics(folder, split, metrics)
    out = figures or (folder / "figures" if is_run else None)
    if out:
        if (folder / "history.csv").exists():  # the app's part of a bundle on the Hub has none
            draw.draw_curves(read_history(folder / "history.csv"), out / "curves.png")
        draw.draw_threshold(metrics, out / f"{split}-threshold.png")
        draw.draw_subjects(metrics, out / f"{split}-subjects.png")
        draw.draw_truth_and_prediction(metrics, slices, segmenter, out / f"{split}-slices.png")
        print(f"Figures are in {out}.")


@app.command()
def robustness(
    target: Annotated[str, typer.Argument(help="a run folder, a bundle folder, or owner/name[@revision] on the Hub")],
    data: Annotated[Path, typer.Argument(help="a prepared data set")],
    split: Annotated[Split, typer.Option(help="which of the three to measure on")] = "validation",
    json: Annotated[Path | None, typer.Option(help="write every figure to this file")] = None,
    figure: Annotated[Path | None, typer.Option(help="draw into this PNG file")] = None,
) -> None:
    """Measure Dice on slices that are not as in training: other windows, noise, blur, pixels, places."""
    from space.model.bundle import is_bundle
    from trainer import robustness as measure
    from trainer.dataset import load_split
    from trainer.evaluate import keep_metrics, open_target, write_metrics
    from trainer.figures import draw_robustness

    slices = load_split(data, split)
    name, segmenter, threshold, folder = open_target(target, slices)
    found = measure.robustness(segmenter, slices, threshold)
    measure.print_robustness(f"{name}, {split} split", found)
    if split == "validation" and not is_bundle(folder):
        keep_metrics(folder, "robustness", found)
    if json:
        write_metrics(json, found)
    if figure:
        draw_robustness(found, figure)
        print(f"The figure is {figure}.")


@app.command()
def compare(runs: Annotated[list[Path], typer.Argument(help="run folders that were evaluated, or bundles")]) -> None:
    """Print what runs cost and reached, side by side, as a Markdown table."""
    from trainer.compare import compare as rows_of
    from trainer.compare import markdown

    print(markdown(rows_of(runs)))


@app.command()
def ablation(
    data: Annotated[Path, typer.Argument(help="a prepared data set")],
    out: Annotated[Path, typer.Option(help="the folder for its runs")],
    epochs: Annotated[int, typer.Option(help="of each run")] = 3,
) -> None:
    """Train `default` briefly again and again, each time without one ingredient, and compare."""
    from trainer.ablation import ablation as run_ablation
    from trainer.compare import compare as rows_of
    from trainer.compare import markdown

    print(markdown(rows_of(run_ablation(data, out, epochs))))


@app.command()
def publish(
    source: Annotated[Path, typer.Argument(help="a run folder, or a bundle, which keeps its network and figures")],
    repo: Annotated[str, typer.Option(help="the model on the Hub, owner/name")],
    version: Annotated[str | None, typer.Option(help="such as 1.0.0  [default: the next free one]")] = None,
    private: Annotated[bool, typer.Option("--private", help="create the repo as private")] = False,
    samples: Annotated[str, typer.Option(help="a run's slices to click on: of the test split, or phantom")] = "test",
    dry_run: Annotated[Path | None, typer.Option(help="write the bundle to this folder, push nothing")] = None,
    space: Annotated[str | None, typer.Option(help="also create or update this Space, owner/name")] = None,
    overfitting: Annotated[
        Path | None, typer.Option(help="a second run that overfits, or a bundle that has one: the app shows its curves")
    ] = None,
    beside: Annotated[
        list[Path] | None,
        typer.Option(help="a run, or a bundle with all of its own, for the table of recipes; may be repeated"),
    ] = None,
    ablation: Annotated[Path | None, typer.Option(help="the folder of 'ablation', or a bundle, for its table")] = None,
) -> None:
    """Build the bundle of a run, or an earlier bundle anew; prove it, push it to the Hub as one tagged commit."""
    if samples not in ("test", "phantom"):
        raise UserError(f"--samples takes test or phantom, not '{samples}'.")
    from trainer.publish.lessons import Lessons
    from trainer.publish.publish import publish as run_publish

    run_publish(
        source,
        repo,
        version=version,
        private=private,
        phantoms=samples == "phantom",
        dry_run=dry_run,
        space=space,
        lessons=Lessons(overfitting, beside or [], ablation),
    )


def main() -> None:
    """Run a command; what the user can mend is said in a sentence."""
    write_on_any_console()
    warnings.filterwarnings("ignore", "In the future `np.object`")  # Keras's exporter meets NumPy 2
    try:
        app()
    except UserError as error:
        print(f"Error: {error}", file=sys.stderr)
        sys.exit(1)


if __name__ == "__main__":
    with without_greetings():
        main()
