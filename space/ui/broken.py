"""'Break it yourself' in the tab 'Results': the open slice, changed, beside the curve of the validation slices."""

from typing import Any

from space.answer import Responder
from space.broken import broken
from space.model.bundle import Bundle
from space.opened import Opened
from space.report.results_charts import over_strength
from space.ui.component import part
from space.ui.payload import packed


def build_broken(bundle: Bundle) -> None:
    """Build the part."""
    part("broken", data=over_strength(bundle), control="changes", elem_id="results-robustness")


def break_slice(
    responder: Responder, opened: Opened, place: int | None, change: str, strength: float
) -> dict[str, Any]:
    """Return a changed slice and what the network finds on it, as the page draws them."""
    found = broken(responder.segmenter, responder.bundle.contract.modality, opened, place, change, strength)
    return {
        "pixels": packed(found.predicted.pixels),
        "probability": packed(found.predicted.probability),
        "mask": None if found.reference is None else packed(found.reference.astype("u1") * 255),
        "table": None if found.reference is None else found.predicted.table.tolist(),
    }
