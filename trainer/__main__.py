"""The command line: ``python -m trainer --help``."""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")  # TensorFlow's start-up notes help nobody here

import dataclasses
import inspect
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from space.errors import UserError
from trainer.presets import PRESETS, Settings

app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False)


@app.command()
def prepare(
    source: Annotated[str, typer.Argument(help="a folder of slices and masks, or 'phantom'")],
    out: Annotated[Path, typer.Argument(help="the folder to write")],
    subjects: Annotated[int, typer.Option(help="phantoms to draw")] = 12,
    seed: Annotated[int, typer.Option(help="decides the split where SOURCE does not")] = 0,
    citation: Annotated[str, typer.Option(help="where the data come from, for the model card")] = "",
) -> None:
    """Turn slices and masks into a data set, split by subject."""
    from trainer.prepare import prepare as run_prepare

    summary = run_prepare(source, out, subjects=subjects, seed=seed, citation=citation)
    for split, counts in summary["splits"].items():
        print(
            f"{split}: {counts['subjects']} subjects, {counts['with_organ']} slices with the organ, "
            f"{counts['without_organ']} without"
        )
    print(f"Written to {out}.")


def fit(data: Path, preset: str, out: Path, **knobs: Any) -> None:
    """Train a network, or resume its training."""
    if preset not in PRESETS:
        raise UserError(f"There is no preset '{preset}': choose one of {', '.join(PRESETS)}.")
    from trainer.fit import fit as run_fit

    given = {name: value for name, value in knobs.items() if value is not None}
    if "filters" in given:
        given["filters"] = parse_filters(given["filters"])
    run_fit(data, out, dataclasses.replace(PRESETS[preset], **given), preset)


def parse_filters(text: str) -> tuple[int, ...]:
    """Return '8,16,32' as numbers."""
    try:
        return tuple(int(part) for part in text.split(","))
    except ValueError:
        raise UserError(
            f"--filters takes numbers with commas between, such as 8,16,32, not '{text}'."
        ) from None


def knob_options() -> list[inspect.Parameter]:
    """Return one option for each setting; without it the preset's value holds."""
    options = []
    for knob in dataclasses.fields(Settings):
        kind = knob.type if knob.type in (int, float, str) else str  # filters: text with commas
        option = typer.Option(
            help=f"{knob.metadata['help']} [preset default: {shown(knob.default)}]", show_default=False
        )
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
        annotation=Annotated[
            str, typer.Option(help=f"{', '.join(PRESETS)}: the flags below change one setting of it")
        ],
    ),
    inspect.Parameter(
        "out", inspect.Parameter.KEYWORD_ONLY, annotation=Annotated[Path, typer.Option(help="the run folder")]
    ),
    *knob_options(),
]
fit.__signature__ = inspect.Signature(FIT_PARAMETERS)  # type: ignore[attr-defined]
fit.__annotations__ = {p.name: p.annotation for p in FIT_PARAMETERS}
app.command()(fit)


def main() -> None:
    """Run a command; what the user can mend is said in a sentence."""
    try:
        app()
    except UserError as error:
        print(f"Error: {error}", file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        print("\nStopped. The same command goes on from the last finished epoch.", file=sys.stderr)
        sys.exit(130)


if __name__ == "__main__":
    main()
