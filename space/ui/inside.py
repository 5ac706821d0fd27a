"""The tab 'Inside the U-Net': its levels, their feature maps for the slice of the first tab, its skip connections."""

import json
import math
from typing import Any

import gradio as gr
import numpy as np

from space.answer import Responder
from space.drawing import overlay, tiles
from space.metrics import count, score
from space.model.segmenter import Level
from space.preprocessing import centre_box, threshold_level
from space.ui.component import part
from space.ui.handlers import Handlers
from space.ui.payload import data_url

LARGEST_TILE = 160  # larger maps are shown in half their size: all maps of a level go over the network


def build_inside(tab: gr.Tab, responder: Responder, files: list[gr.File], quiet: dict[str, Any]) -> None:
    """Build the tab; it takes the slice of the first tab whenever it is opened."""
    inside = Inside(responder)
    start = json.dumps({"level": responder.segmenter.levels[0].name, "cut": []})
    network = part("network", "NetworkMap", value=start, data=None, elem_id="network")
    for event in (tab.select, network.choose):
        event(inside.show, [*files, network], network, trigger_mode="always_last", **quiet)


class Inside:
    """Answers what a level sees and what a skip connection brings."""

    def __init__(self, responder: Responder) -> None:
        self._responder = responder
        self._segmenter = responder.segmenter
        self._handlers = Handlers(responder)

    def show(self, slice_path: str | None, mask_path: str | None, wish: str) -> Any:
        """Return the network, one level's maps, and the prediction with the skips that are left.

        Parameters
        ----------
        wish : JSON, `{"level": name, "cut": [numbers of skip connections]}`.
        """
        threshold = float(self._responder.bundle.contract["threshold"])
        answer, problem = self._handlers.answer(slice_path, mask_path, threshold)
        if answer is None:
            return gr.HTML(data={"problem": problem})
        level, cut = self._read(wish)
        gain = self._segmenter.all_skips.copy()
        gain[cut] = 0
        predicted = self._segmenter.predict(answer.pixels, gain, level.name)
        prediction = predicted.probability >= threshold_level(threshold)
        assert predicted.maps is not None  # a level was asked for
        reference = answer.reference
        return gr.HTML(
            data={
                "problem": problem,
                "levels": [self._describe(one, answer.pixels.shape) for one in self._segmenter.levels],
                "level": level.name,
                "cut": cut,
                "grid": grid(predicted.maps),
                "kernels": [
                    {"name": name, **grid(kernel.transpose(2, 0, 1))}
                    for name, kernel in self._segmenter.first_kernels.items()
                ],
                "picture": data_url(overlay(answer.pixels, prediction, reference)[self._middle(answer.pixels.shape)]),
                "threshold": threshold,
                "dice": None if answer.scores is None else number(answer.scores.dice),
                "diceCut": None if reference is None else number(score(count(prediction, reference)).dice),
                "area": int(prediction.sum()),
            }
        )

    def _read(self, wish: str) -> tuple[Level, list[int]]:
        """Return level and cuts; what cannot be (an old link) falls back to the first level and to none."""
        try:
            asked = json.loads(wish)
            level = next(one for one in self._segmenter.levels if one.name == asked["level"])
            cut = sorted({int(skip) for skip in asked["cut"] if 0 <= int(skip) < len(self._segmenter.all_skips)})
        except (ValueError, TypeError, KeyError, StopIteration):
            return self._segmenter.levels[0], []
        return level, cut

    def _describe(self, level: Level, shape: tuple[int, ...]) -> dict[str, Any]:
        """Return a level as the page draws it, with the size of its maps for a slice of `shape`."""
        geometry = self._responder.bundle.contract["slice"]
        box = centre_box((shape[0], shape[1]), geometry["crop"])
        height, width = (side + -side % geometry["divisor"] for side in (box.height, box.width))
        return {
            "name": level.name,
            "filters": level.filters,
            "height": height // level.stride,
            "width": width // level.stride,
        }

    def _middle(self, shape: tuple[int, ...]) -> tuple[slice, slice]:
        return centre_box((shape[0], shape[1]), self._responder.bundle.contract["slice"]["crop"]).region


def grid(maps: np.ndarray) -> dict[str, Any]:
    """Return maps [n, h, w] as one picture of tiles, about as wide as high."""
    if max(maps.shape[1:]) > LARGEST_TILE:
        maps = maps[:, : maps.shape[1] // 2 * 2, : maps.shape[2] // 2 * 2]
        maps = (maps[:, ::2, ::2] + maps[:, 1::2, ::2] + maps[:, ::2, 1::2] + maps[:, 1::2, 1::2]) / 4
    columns = min(len(maps), 2 ** math.ceil(math.log2(len(maps)) / 2))
    return {
        "url": data_url(tiles(maps, columns)),
        "count": len(maps),
        "columns": columns,
        "rows": -(-len(maps) // columns),
        "height": maps.shape[1],
        "width": maps.shape[2],
    }


def number(value: float) -> float | None:
    """Return a score for JSON; None where undefined."""
    return None if math.isnan(value) else value
