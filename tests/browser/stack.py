"""A volume of the bundled phantoms with their masks, as files, and what the network finds on each of its slices.

The fifth slice, in the middle, has most of the mask: there the page opens it. The seventh is the first one again,
without its mask; the eighth is water, where nothing is found nor traced.
"""

from functools import cache
from pathlib import Path
from typing import NamedTuple

import nibabel
import numpy as np
from PIL import Image
from playwright.sync_api import Page, expect

from space.answer import Responder
from space.model.bundle import BUNDLED, open_bundle
from space.preprocessing import ABDOMEN, grey_to_hu
from tests.browser.gestures import drop

BUNDLE = open_bundle(BUNDLED, "")
SPACING = (5.0, 0.8, 0.7)  # mm between slices, rows, columns
PLACES = 8


class Stack(NamedTuple):
    """The volume, feet first.

    Attributes
    ----------
    hu : int16 [n, h, w]
    mask : bool [n, h, w]
    probability : uint8 [n, h, w]
    """

    hu: np.ndarray
    mask: np.ndarray
    probability: np.ndarray

    def counts(self, level: int) -> np.ndarray:
        """Return tp, fp, fn of each slice, [n, 3]."""
        predicted = self.probability >= level
        parts = (predicted & self.mask, predicted & ~self.mask, ~predicted & self.mask)
        return np.stack([part.sum((1, 2)) for part in parts], 1)


@cache
def stack() -> Stack:
    """Return the volume; the network runs once in a session."""
    pictures = [np.asarray(Image.open(sample.image)) for sample in BUNDLE.samples]
    masks = [np.asarray(Image.open(sample.mask)) > 0 for sample in BUNDLE.samples if sample.mask]
    largest = int(np.argmax([mask.sum() for mask in masks]))
    for slices in (pictures, masks):
        slices.insert(PLACES // 2, slices.pop(largest))
    hu = np.rint(grey_to_hu(np.stack(pictures), ABDOMEN)).astype(np.int16)
    hu = np.concatenate([hu, hu[:1], np.zeros_like(hu[:1])])
    hu[:, :, :40], hu[:, 200:230, 60:90] = -1000, 900  # air and metal beyond the model's window, away from the organ
    traced = np.concatenate([np.stack(masks), np.zeros((2, *hu.shape[1:]), bool)])
    segmenter = Responder(BUNDLE).segmenter
    found = [segmenter.predict(one, pixel_mm=SPACING[1:]).probability for one in hu]
    return Stack(hu, traced, np.stack(found))


def write_stack(folder: Path) -> tuple[Path, Path]:
    """Write the volume and its labels as NIfTI; return their paths."""
    affine = np.diag([-SPACING[2], -SPACING[1], SPACING[0], 1.0])
    whole = stack()
    paths = folder / "ct.nii", folder / "labels.nii"
    for path, values in zip(paths, (whole.hu, whole.mask.astype(np.uint8)), strict=True):
        nibabel.save(nibabel.Nifti1Image(values.transpose(2, 1, 0), affine), path)
    return paths


def open_stack(page: Page, folder: Path, *, mask: bool = True) -> None:
    """Drop the volume on the page, and wait for its middle slice."""
    ct, labels = write_stack(folder)
    drop(page, "body", ct, *([labels] if mask else []))
    expect_place(page, PLACES // 2)


def expect_place(page: Page, place: int) -> None:
    """Wait until a slice is in view, and nothing is under way."""
    page.locator(f"#viewer form[data-shown='CT volume, slice {place + 1} of {PLACES}']").wait_for()
    expect(page.locator("#viewer form")).to_have_attribute("aria-busy", "false")


def expect_complete(page: Page) -> None:
    """Wait until the network has looked at all slices."""
    expect(page.locator("#volume .progress-text")).to_have_text(f"all {PLACES} slices segmented")
