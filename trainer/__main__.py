"""The command line: ``python -m trainer --help``."""

import inspect
import sys
import warnings
from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_origin

import typer

from space.console import write_on_any_console
from space.errors import UserError
from space.modality import Modality
from space.model.settings import Settings
from space.readers.values import AUTO, READINGS
from trainer.greetings import without_greetings
from trainer.presets import PRESETS
from trainer.stopping import resumable

Split = Literal["train", "validation", "test"]
# no markup: it would swallow what stands in brackets
app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False, rich_markup_mode=None)


def readings_in_words() -> str:
    """Return the readings of `--values`, with what each means."""
    return "; ".join(f"{reading}: {words}" for reading, words in READINGS.items())


@app.command()
def prepare(
    source: Annotated[
        str,
        typer.Argument(
            help="a folder of images and masks (docs/training.md), 'phantom' for synthetic ones, or 'idc:pancreas_ct'"
        ),
    ],
    out: Annotated[Path, typer.Argument(help="the folder to write")],
    subjects: Annotated[int, typer.Option(help="with 'phantom': how many synthetic subjects to draw")] = 12,
    seed: Annotated[int, typer.Option(help="random seed of the split, where SOURCE has none")] = 0,
    target: Annotated[str, typer.Option(help="name of the organ that the masks outline")] = "pancreas",
    citation: Annotated[str, typer.Option(help="where the data come from, for the model card")] = "",
    modality: Annotated[Modality, typer.Option(help="what the images were taken with")] = "CT",
    window: Annotated[
        tuple[float, float] | None,
        typer.Option(
            metavar="LOW HIGH",
            help="the HU (of MR: the grey values) that the network sees, from black to white; MR has no default",
            show_default="-40 310",
        ),
    ] = None,
    pixel_size: Annotated[float, typer.Option(help="mm; coarser pixels are refined to it for the network")] = 0.8,
    subject: Annotated[
        str | None,
        typer.Option(help="whose a file is: a regular expression for its path with one ( ) around the subject"),
    ] = None,
    split: Annotated[
        Split | None, typer.Option(help="put all subjects in this split, such as test for another hospital's")
    ] = None,
    every: Annotated[int, typer.Option(help="take one of so many slices")] = 1,
    empty: Annotated[float, typer.Option(help="share of the slices without the organ to take, 0 to 1")] = 1.0,
    values: Annotated[str, typer.Option(help="what the values of the slices stand for. " + readings_in_words())] = AUTO,
    label: Annotated[
        str | None,
        typer.Option(
            help="the organ, in masks of several: a name or number, of volumes also several with commas between; in "
            "pictures a value, colour (#ff0000) or palette number"
        ),
    ] = None,
) -> None:
    """Turn slices and masks into a data set, split by subject."""
    from trainer.prepare import prepare as run_prepare

    made = run_prepare(
        source,
        out,
        subjects=subjects,
        seed=seed,
        target=target,
        citation=citation,
        values=values,
        label=label,
        modality=modality,
        window=window,
        pixel_size=pixel_size,
        subject=subject,
        split=split,
        every=every,
        empty=empty,
    )
    for part, counts in made.splits:
        print(
            f"{part}: {counts.subjects} subjects, {counts.with_organ} slices with the organ, "
            f"{counts.without_organ} without"
        )
    print(f"Written to {out}.")


def fit(data: Path, preset: str, out: Path, start: Path | None, jit: str, **knobs: Any) -> None:
    """Train a network, or continue a training that was stopped.

    The defaults of the settings are those of the preset 'default'; the other presets have their own.
    """
    if preset not in PRESETS:
        raise UserError(f"There is no preset '{preset}': choose one of {', '.join(PRESETS)}.")
    given = {name: value for name, value in knobs.items() if value is not None}
    if "filters" in given:
        given["filters"] = parse_filters(given["filters"])
    settings = PRESETS[preset].but(**given)
    from trainer.fit import fit as run_fit

    with resumable():
        run_fit(data, out, settings, preset, start, jit)


def parse_filters(text: str) -> tuple[int, ...]:
    """Return '8,16,32' as numbers."""
    try:
        return tuple(int(part) for part in text.split(","))
    except ValueError:
        raise UserError(f"--filters takes numbers with commas between, such as 8,16,32, not '{text}'.") from None


def knob_options() -> list[inspect.Parameter]:
    """Return one option for each setting; without it the preset's value holds."""
    options = []
    for name, knob in Settings.model_fields.items():
        kind = knob.annotation if knob.annotation in (int, float, str) else str  # choices; filters: with commas
        choices = f" ({', '.join(get_args(knob.annotation))})" if get_origin(knob.annotation) is Literal else ""
        text = f"{knob.description}{choices}; default: {shown(knob.default)}"
        options.append(
            inspect.Parameter(
                name,
                inspect.Parameter.KEYWORD_ONLY,
                default=None,
                annotation=Annotated[kind | None, typer.Option(help=text, show_default=False)],
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
        annotation=Annotated[Path, typer.Argument(help="a data set: a folder that 'prepare' wrote")],
    ),
    inspect.Parameter(
        "preset",
        inspect.Parameter.POSITIONAL_OR_KEYWORD,
        default="default",
        annotation=Annotated[
            str, typer.Option(help=f"the recipe: {', '.join(PRESETS)}; each option below changes one setting")
        ],
    ),
    inspect.Parameter(
        "out",
        inspect.Parameter.KEYWORD_ONLY,
        annotation=Annotated[Path, typer.Option(help="the folder to write the run to")],
    ),
    inspect.Parameter(
        "start",
        inspect.Parameter.KEYWORD_ONLY,
        default=None,
        annotation=Annotated[Path | None, typer.Option(help="a bundle or a run whose weights are the start")],
    ),
    inspect.Parameter(
        "jit",
        inspect.Parameter.KEYWORD_ONLY,
        default="auto",
        annotation=Annotated[
            Literal["auto", "on", "off"],
            typer.Option(help="whether XLA compiles the training step; auto: on a GPU and on JAX"),
        ],
    ),
    *knob_options(),
]
fit.__signature__ = inspect.Signature(FIT_PARAMETERS)  # type: ignore[attr-defined]
fit.__annotations__ = {p.name: p.annotation for p in FIT_PARAMETERS}
app.command()(fit)


@app.command()
def evaluate(
    target: Annotated[str, typer.Argument(help="a run folder, a bundle folder, or owner/name[@revision] on the Hub")],
    data: Annotated[Path, typer.Argument(help="a data set: a folder that 'prepare' wrote")],
    split: Annotated[Split, typer.Option(help="which of the three to measure on")] = "test",
    json: Annotated[Path | None, typer.Option(help="write every figure to this file")] = None,
    figures: Annotated[
        Path | None, typer.Option(help="write the figures to this folder  [default for a run: RUN/figures]")
    ] = None,
) -> None:
    """Measure a network on one split of a data set.

    Prints Dice, IoU, precision and recall for every subject, and the Dice by volume, pooled and by slice.
    """
    from trainer import figures as draw
    from trainer.dataset import load_split
    from trainer.evaluate import evaluate as measure
    from trainer.report import print_split
    from trainer.target import open_target

    slices = load_split(data, split)
    opened = open_target(target)
    segmenter = opened.segmenter(slices)
    found = measure(segmenter, slices, opened.threshold)
    print_split(opened.name, split, found)
    if json:
        found.write(json, indent=None)
    out = figures
    if opened.run:  # into a bundle nothing is written
        opened.run.keep_figures(**{split: found})
        out = out or opened.folder / "figures"
    if out:
        draw.draw_curves(opened.history, out / "curves.png")
        draw.draw_threshold(found, out / f"{split}-threshold.png")
        draw.draw_subjects(found, out / f"{split}-subjects.png")
        draw.draw_truth_and_prediction(found, slices, segmenter, out / f"{split}-slices.png")
        print(f"Figures are in {out}.")


@app.command()
def robustness(
    target: Annotated[str, typer.Argument(help="a run folder, a bundle folder, or owner/name[@revision] on the Hub")],
    data: Annotated[Path, typer.Argument(help="a data set: a folder that 'prepare' wrote")],
    split: Annotated[Split, typer.Option(help="which of the three to measure on")] = "validation",
    json: Annotated[Path | None, typer.Option(help="write every figure to this file")] = None,
    figure: Annotated[Path | None, typer.Option(help="write the figure to this PNG file")] = None,
) -> None:
    """Measure Dice on slices that differ from those of the training.

    Changes the slices in one way at a time: window, noise, blur, pixel size, rotation, size, position.
    """
    from trainer import robustness as measure
    from trainer.dataset import load_split
    from trainer.figures import draw_robustness
    from trainer.report import print_robustness
    from trainer.target import open_target

    slices = load_split(data, split)
    opened = open_target(target)
    found = measure.robustness(opened.segmenter(slices), slices, opened.threshold)
    print_robustness(f"{opened.name}, {split} split", found)
    if split == "validation" and opened.run:
        opened.run.keep_figures(robustness=found)
    if json:
        found.write(json, indent=None)
    if figure:
        draw_robustness(found, figure)
        print(f"The figure is {figure}.")


@app.command()
def compare(runs: Annotated[list[Path], typer.Argument(help="run folders that were evaluated, or bundles")]) -> None:
    """Print cost and scores of runs, side by side."""
    from trainer.compare import compare as rows_of
    from trainer.report import markdown

    print(markdown(rows_of(runs)))


@app.command()
def ablation(
    data: Annotated[Path, typer.Argument(help="a data set: a folder that 'prepare' wrote")],
    out: Annotated[Path, typer.Option(help="the folder to write its runs to")],
    epochs: Annotated[int, typer.Option(help="epochs of each run")] = 3,
) -> None:
    """Show what each ingredient of the recipe contributes.

    Trains the preset default for a few epochs again and again, each time without one ingredient, and prints a table.
    """
    from trainer.ablation import ablation as run_ablation
    from trainer.compare import compare as rows_of
    from trainer.report import markdown

    with resumable():
        runs = run_ablation(data, out, epochs)
    print(markdown(rows_of(runs)))


@app.command()
def publish(
    source: Annotated[Path, typer.Argument(help="a run folder, or a bundle folder (its network and figures are kept)")],
    repo: Annotated[str, typer.Option(help="name of the model on the Hugging Face Hub, owner/name")],
    version: Annotated[str | None, typer.Option(help="version, such as 1.0.0  [default: the next free one]")] = None,
    public: Annotated[
        bool, typer.Option("--public", help="let everybody see the repositories  [default: private]")
    ] = False,
    samples: Annotated[
        str | None,
        typer.Option(
            help="example slices for the page: none, phantom (synthetic ones), test (real ones of the test split), or "
            "a folder of pairs NAME.png and NAME-mask.png",
            show_default="none",
        ),
    ] = None,
    data_licence: Annotated[
        str, typer.Option(help="licence of the data, for the card; needed where real slices are published")
    ] = "",
    may_be_shared: Annotated[
        bool, typer.Option("--may-be-shared", help="state that the real slices of --samples may be shared")
    ] = False,
    data: Annotated[
        Path | None,
        typer.Option(help="measure a bundle again on this prepared data set  [default: it keeps its figures]"),
    ] = None,
    dry_run: Annotated[Path | None, typer.Option(help="write the bundle to this folder, push nothing")] = None,
    space: Annotated[str | None, typer.Option(help="also create or update this Space with the app, owner/name")] = None,
    site: Annotated[
        str | None,
        typer.Option(
            help="also create or update this static Space with the page without a server, owner/name; needs 'npm ci'"
        ),
    ] = None,
    overfitting: Annotated[
        Path | None, typer.Option(help="a second run that overfits, or a bundle that has one, to show its curves")
    ] = None,
    beside: Annotated[
        list[Path] | None,
        typer.Option(help="a run, or the runs of a bundle, for the table of recipes; may be repeated"),
    ] = None,
    ablation: Annotated[
        Path | None, typer.Option(help="the folder that 'ablation' wrote, or a bundle that has its table, to show it")
    ] = None,
    network: Annotated[
        list[Path] | None,
        typer.Option(help="a run whose network comes along, to compare on one slice; may be repeated"),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="upload without asking, for scripts")] = False,
    force: Annotated[
        bool, typer.Option("--force", help="also publish a network whose Dice on validation is near 0")
    ] = False,
) -> None:
    """Publish a network on the Hugging Face Hub.

    Builds the bundle (the network and all that the app shows of it), checks it, shows what will be uploaded and who
    will see it, and at a yes pushes it as one tagged commit.
    """
    from trainer.publish.consent import Consent
    from trainer.publish.lessons import Lessons
    from trainer.publish.publish import publish as run_publish

    run_publish(
        source,
        repo,
        version=version,
        public=public,
        samples=samples,
        consent=Consent(data_licence.strip(), may_be_shared),
        data=data,
        dry_run=dry_run,
        space=space,
        site=site,
        lessons=Lessons(overfitting, beside or [], ablation, network or []),
        yes=yes,
        force=force,
    )


@app.command()
def verify(
    target: Annotated[str, typer.Argument(help="a bundle folder, or owner/name[@revision] on the Hub")],
) -> None:
    """Check that a bundle is whole and unaltered, and that its Keras and ONNX files are the same network."""
    from trainer.publish.verify import verify as run_verify

    run_verify(target)


@app.command()
def playground(
    out: Annotated[Path, typer.Argument(help="the file to write")] = Path("space/playground/data/people.gzip"),
) -> None:
    """Draw the imaginary people whom the playground's networks learn from."""
    from trainer.phantom.playground import write_people

    print(f"Wrote {write_people(out):,} bytes to {out}.")


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
