"""The tab 'Inside the U-Net': what a level of a network sees in a slice, and what other networks find on it."""

from typing import Any

from space.answer import Responder
from space.metrics import score_text
from space.model.bundle import Bundle
from space.model.segmenter import Level
from space.opened import Opened
from space.report.labels import capitalized
from space.report.recipes import PRESETS
from space.ui.component import part
from space.ui.payload import grid, packed


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
    """Run a network once; return it as the page draws it, one level's maps, and the probability.

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
    gain = segmenter.all_skips.copy()
    gain[cut] = 0
    predicted = responder.look(opened, place, segmenter, gain, level.name)
    assert predicted.maps is not None  # a level was asked for
    seen = [side * level.stride for side in predicted.maps.shape[1:]]
    return {
        "network": network if network in responder.networks else "",
        "levels": [_describe(one, seen) for one in segmenter.levels],
        "level": level.name,
        "skips": len(segmenter.all_skips),
        "cut": cut,
        "stem": "stem" in segmenter.first_kernels,
        "grid": grid(predicted.maps),
        "kernels": [
            {"name": name, **grid(kernel.transpose(2, 0, 1))} for name, kernel in segmenter.first_kernels.items()
        ],
        "probability": packed(predicted.probability),
        "field": predicted.field.on_slice(predicted.pixels.shape)._asdict(),
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


def _describe(level: Level, field: list[int]) -> dict[str, Any]:
    """Return a level as the page draws it, with the size of its maps for a field of this height and width."""
    height, width = (side // level.stride for side in field)
    return {"name": level.name, "filters": level.filters, "height": height, "width": width}
