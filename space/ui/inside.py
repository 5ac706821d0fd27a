"""The tab 'Inside the U-Net': what a level of the network sees in a slice, and what a skip connection brings."""

from typing import Any

from space.answer import Responder
from space.model.segmenter import Level
from space.opened import Opened
from space.ui.component import part
from space.ui.payload import grid, packed


def build_inside() -> None:
    """Build the tab."""
    part("network", elem_id="network")


def look(responder: Responder, opened: Opened, place: int | None, wanted: str, cut: list[int]) -> dict[str, Any]:
    """Run the network once; return it as the page draws it, one level's maps, and the probability.

    Parameters
    ----------
    place : which of the case's slices, see `Opened.place`.
    wanted : the name of a level; an unknown one (an old link) falls back to the first.
    cut : the numbers of the skip connections to cut; unknown ones are left out.
    """
    segmenter = responder.segmenter
    level = next((one for one in segmenter.levels if one.name == wanted), segmenter.levels[0])
    cut = sorted({skip for skip in cut if 0 <= skip < len(segmenter.all_skips)})
    gain = segmenter.all_skips.copy()
    gain[cut] = 0
    predicted = responder.look(opened, place, gain, level.name)
    assert predicted.maps is not None  # a level was asked for
    divisor = responder.bundle.contract.slice.divisor
    seen = [side + -side % divisor for side in (predicted.field.box_height, predicted.field.box_width)]
    return {
        "levels": [_describe(one, seen) for one in segmenter.levels],
        "level": level.name,
        "cut": cut,
        "stem": "stem" in segmenter.first_kernels,
        "grid": grid(predicted.maps),
        "kernels": [
            {"name": name, **grid(kernel.transpose(2, 0, 1))} for name, kernel in segmenter.first_kernels.items()
        ],
        "probability": packed(predicted.probability),
        "field": predicted.field.on_slice(predicted.pixels.shape)._asdict(),
    }


def _describe(level: Level, field: list[int]) -> dict[str, Any]:
    """Return a level as the page draws it, with the size of its maps for a field of this height and width."""
    height, width = (side // level.stride for side in field)
    return {"name": level.name, "filters": level.filters, "height": height, "width": width}
