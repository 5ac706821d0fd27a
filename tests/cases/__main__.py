"""``python -m tests.cases [FOLDER]``: a table of what becomes of every case, or of the files below a folder.

Dice is that of the bundled network at its threshold: of what was read of a slice against the phantom's organ, and of
its answer to the phantom's slice against what was read of a mask.
"""

import sys
import tempfile
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import numpy as np

from space.metrics import count, score
from space.model.bundle import BUNDLED, open_bundle
from space.model.segmenter import Segmenter
from space.preprocessing import grey_to_hu, threshold_level
from tests.cases import REFUSED, Case, truth
from tests.cases.broken import broken_cases
from tests.cases.masks import mask_cases
from tests.cases.outcome import Outcome, faults, mask_outcome, slice_outcome
from tests.cases.slices import slice_cases
from tests.cases.values import value_cases


@cache
def network() -> Callable[[np.ndarray], np.ndarray]:
    """Return the bundled network: a picture, uint8 [h, w], in, the organ out."""
    bundle = open_bundle(BUNDLED, "")
    segmenter = Segmenter(bundle.folder / "model.onnx")
    level = threshold_level(bundle.contract.threshold)
    return lambda pixels: segmenter.predict(grey_to_hu(pixels, bundle.contract.window)).probability >= level


@cache
def usual_answer() -> np.ndarray:
    return network()(truth().grey)


def dice(found: Outcome) -> str:
    """Return the Dice of what was read, in words; nothing if nothing was, or of another size."""
    organ = truth().organ
    if found.grey is not None and found.grey.shape == organ.shape:
        return f"{score(count(network()(found.grey), organ)).dice:.3f}"
    if found.organ is not None and found.organ.shape == organ.shape:
        return f"{score(count(usual_answer(), found.organ)).dice:.3f}"
    return ""


def row(name: str, what: str, found: Outcome, asked: str, verdict: str) -> str:
    said = found.said + (f" ({', '.join(found.choices)})" if found.choices else "")
    answered = f", answered '{asked}'" if asked and found.choices else ""
    return f"| `{name}` | {what} | {found.kind}{answered} | {dice(found)} | {said} | {verdict} |".replace("\n", " ")


def rows_of_cases(folder: Path) -> Iterator[tuple[str, bool]]:
    """Yield a row for each case, and whether it is right."""
    outcomes = [(case, slice_outcome) for case in (*slice_cases(), *value_cases(), *broken_cases())]
    outcomes += [(case, mask_outcome) for case in mask_cases()]
    for case, outcome in outcomes:
        path = folder / case.name
        case.write(path)
        found = outcome(path, case.answer)
        wrong = faults(case, found)
        yield (
            row(case.name, case.what, found, case.answer, "WRONG: " + "; ".join(wrong) if wrong else verdict(case)),
            not wrong,
        )


def verdict(case: Case) -> str:
    if case.outcome == REFUSED or not case.faithful:
        return "as it must"
    return "equal" if case.off == 0 else f"within {case.off:g}"


def rows_of_files(folder: Path) -> Iterator[tuple[str, bool]]:
    """Yield a row for each picture below a folder; those in a folder 'mask' are read as masks."""
    for path in sorted(path for path in folder.rglob("*") if path.is_file() and path.suffix not in (".md", ".csv")):
        found = (mask_outcome if "mask" in path.parent.name else slice_outcome)(path)
        off = f"{found.off():.3g} from the phantom" if found.grey is not None or found.organ is not None else ""
        yield row(str(path.relative_to(folder)), "", found, "", off), True


def main(arguments: list[str]) -> int:
    """Print the table; return 1 if a case is not what it should be."""
    print("| file | what it is | outcome | Dice | what is said | against the truth |\n|---|---|---|---|---|---|")
    right = []
    with tempfile.TemporaryDirectory() as folder:
        rows = rows_of_files(Path(arguments[0])) if arguments else rows_of_cases(Path(folder))
        for text, fits in rows:
            print(text)
            right.append(fits)
    print(f"\n{len(right)} files, {right.count(False)} of them wrong.")
    return int(not all(right))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
