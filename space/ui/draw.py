"""The tab 'Draw': a mask of one's own against the U-Net's, on the open slice."""

from space.anatomy import place_of
from space.modality import SCALES
from space.model.contract import Contract
from space.ui.component import part


def build_draw(contract: Contract) -> None:
    """Build the tab; all that happens in it happens in the browser."""
    data = {
        "target": contract.target,
        "place": place_of(contract.target),
        "unit": SCALES[contract.modality].unit,
    }
    part("draw", data=data, elem_id="draw-pad")
