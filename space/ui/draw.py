"""The tab 'Draw': a mask of one's own against the U-Net's, on the open slice."""

from space.anatomy import place_of
from space.model.contract import Contract
from space.ui.component import part


def build_draw(contract: Contract) -> None:
    """Build the tab; all that happens in it happens in the browser."""
    part("draw", data={"target": contract.target, "place": place_of(contract.target)}, elem_id="draw-pad")
