"""Changed slices of the page without a server: grey level by grey level those of the app and of its curve."""

import base64
from typing import Any

import numpy as np
import pytest
from PIL import Image

from space.changes import changes_from
from space.model.bundle import BUNDLED, open_bundle
from space.preprocessing import ABDOMEN
from tests.site.node import run

CHANGES = changes_from(ABDOMEN, "CT")
FACTS = {"window": list(ABDOMEN), "changes": [{**one._asdict(), "apply": None} for one in CHANGES]}


def slices() -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Return pictures with their masks: a phantom, a part of one that is not square, and mere grains."""
    sample = open_bundle(BUNDLED, "").samples[1]
    image = np.asarray(Image.open(sample.image).convert("L"))
    mask = (np.asarray(Image.open(str(sample.mask)).convert("L")) > 0).astype(np.uint8)
    random = np.random.default_rng(5)
    grains = random.integers(0, 256, (67, 90)).astype(np.uint8)
    return {
        "phantom": (image, mask),
        "part": (image[150:341, 130:387], mask[150:341, 130:387]),
        "grains": (grains, (grains > 200).astype(np.uint8)),
    }


@pytest.mark.parametrize("name", ["phantom", "part", "grains"])
def test_every_stop_of_every_change_is_the_same_slice(name):
    image, mask = (np.ascontiguousarray(array) for array in slices()[name])
    wishes = [(one.name, stop) for one in CHANGES for stop in (one.strengths if name == "phantom" else one.stops)]
    found = changed(image, mask, wishes)
    wrong = {}
    for (change, strength), mine in zip(wishes, found, strict=True):
        one = next(one for one in CHANGES if one.name == change)
        right = (image, mask) if strength == one.trained else one.apply(image, mask, strength)
        for part, array in zip(("pixels", "mask"), right, strict=True):
            other = np.frombuffer(base64.b64decode(mine[part]["base64"]), np.uint8).reshape(image.shape)
            apart = np.abs(other.astype(int) - array)
            # OpenCV rounds once or twice between four pixels, as the processor has it
            if apart.max() > (change in ("rotation", "size")) or np.count_nonzero(apart) > 3:
                wrong[change, strength, part] = np.count_nonzero(apart), apart.max()
    assert wrong == {}
    assert len(found) >= 40


def test_what_is_not_measured_is_refused():
    image = np.zeros((8, 8), np.uint8)
    found = changed(image, image, [("rotation", 41), ("blur", -1), ("colour", 1)])
    assert [one["refused"] for one in found] == [
        "The rotation goes from -40 to 40 degrees, not to 41.",
        "The blur goes from 0 to 4 SD, pixels, not to -1.",
        f"There is no change 'colour': choose one of {', '.join(one.name for one in CHANGES)}.",
    ]


def changed(image: np.ndarray, mask: np.ndarray, wishes: list[tuple[str, float]]) -> list[dict[str, Any]]:
    """Return a slice as the page changes it."""
    height, width = image.shape
    texts = {name: base64.b64encode(array.tobytes()).decode() for name, array in (("pixels", image), ("mask", mask))}
    given = {"facts": FACTS, "slice": texts | {"width": width, "height": height}, "wishes": wishes}
    return list(run("changes.mjs", given=given))
