"""The tab 'Inside the U-Net': what a level of a network sees in a slice, and what other networks find on it."""

from typing import Any

import numpy as np

from space.answer import Responder
from space.metrics import score_text
from space.model.bundle import Bundle
from space.model.wiring import Arrow
from space.opened import Opened
from space.report.labels import capitalized
from space.report.recipes import PRESETS
from space.ui.component import part
from space.ui.payload import grid, packed

STRONGEST = 4
"""Maps of each level that the drawing shows."""
SMALL_TILE = 80
"""Longest side of one of them, in pixels."""


def build_inside(bundle: Bundle) -> None:
    """Build the tab."""
    part("network", data={"networks": describe_networks(bundle)}, elem_id="network")


def describe_networks(bundle: Bundle) -> list[dict[str, str]]:
    """Return the networks that a slice can be looked at with, the bundle's own first; its name is empty."""
    contract = bundle.contract

    def described(name: str, title: str, parameters: int, epochs: int, dice: float | None) -> dict[str, str]:
        facts = f"{parameters:,} parameters, {epochs} epochs. Test Dice {score_text(dice)}."
        return {"name": name, "title": capitalized(title), "facts": facts}

    return [
        described(
            "",
            "the network of this page",
            contract.parameters,
            len(bundle.history),
            bundle.metrics.test.mean_volume_dice,
        ),
        *(
            described(
                network.name,
                PRESETS.get(network.name, network.name),
                network.figures.parameters,
                network.figures.epochs,
                network.figures.test.mean_volume_dice if network.figures.test else None,
            )
            for network in bundle.networks
        ),
    ]


def look(
    responder: Responder, opened: Opened, place: int | None, network: str, wanted: str, cut: list[int]
) -> dict[str, Any]:
    """Run a network once; return it as the page draws it, all maps of one level, and the probability.

    Parameters
    ----------
    place : which of the case's slices, see `Opened.place`.
    network : one of `Responder.networks`; an unknown one (an old link) falls back to the bundle's own.
    wanted : the name of a level; an unknown one falls back to the first.
    cut : the numbers of the skip connections to cut; unknown ones are left out.
    """
    segmenter = responder.networks.get(network, responder.segmenter)
    level = next((one for one in segmenter.levels if one.name == wanted), segmenter.levels[0])
    cut = sorted({skip for skip in cut if 0 <= skip < len(segmenter.all_skips)})
    name = network if network in responder.networks else ""
    predicted = responder.look(opened, place, segmenter, segmenter.without(cut))
    assert predicted.maps is not None  # they were asked for
    return {
        "network": name,
        "arrows": [drawn(arrow) for arrow in responder.microscope(name).arrows],
        "levels": [_describe(one.name, predicted.maps[one.name]) for one in segmenter.levels],
        "level": level.name,
        "skips": len(segmenter.all_skips),
        "cut": cut,
        "stem": "stem" in segmenter.first_kernels,
        "grid": grid(predicted.maps[level.name]),
        "kernels": [
            {"name": name, **grid(kernel.transpose(2, 0, 1))} for name, kernel in segmenter.first_kernels.items()
        ],
        "probability": packed(predicted.probability),
        "field": predicted.field.on_slice(predicted.pixels.shape)._asdict(),
        "seen": [predicted.field.box_height, predicted.field.box_width],
    }


def compare(responder: Responder, opened: Opened, place: int | None) -> dict[str, Any]:
    """Return what each further network finds on a slice, by name: its map, and the counts against the mask."""
    found = responder.compare(opened, place)
    return {
        "found": {
            name: {
                "probability": packed(predicted.probability),
                "table": None if opened.reference is None else predicted.table.tolist(),
            }
            for name, predicted in found.items()
        }
    }


def _describe(name: str, maps: np.ndarray) -> dict[str, Any]:
    """Return a level as the page draws it: its maps' number and size, and those that vary most over the slice."""
    filters, height, width = maps.shape
    strongest = np.argsort(-maps.std((1, 2)), kind="stable")[:STRONGEST]
    shown = grid(maps[strongest], SMALL_TILE)
    return {
        "name": name,
        "filters": filters,
        "height": height,
        "width": width,
        "strongest": strongest.tolist(),
        "picture": shown,
    }


def drawn(arrow: Arrow) -> dict[str, Any]:
    """Return an arrow as the page draws it."""
    operations = [
        {"name": one.name, "kind": one.kind, "kernel": list(one.kernel), "stride": one.stride, "before": one.before}
        for one in arrow.operations
    ]
    return {"source": arrow.source, "target": arrow.target, "operations": operations}
