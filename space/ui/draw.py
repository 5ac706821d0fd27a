"""The tab 'Draw': a mask of one's own against the U-Net's, on the open slice."""

from space.ui.component import part


def build_draw() -> None:
    """Build the tab; all that happens in it happens in the browser."""
    part("draw", elem_id="draw-pad")
