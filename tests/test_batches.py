"""Batches: their order, their random numbers, and what is in them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image

from space.errors import UserError
from space.model.settings import AUGMENTATION, Settings
from space.preprocessing import ABDOMEN, centre_box, grey_to_hu, hu_to_grey, network_input
from trainer import batches as module
from trainer.batches import PHANTOM_SEED, Share, TrainingSlices, centre_batches, draw_training_phantoms
from trainer.dataset import Slices, first_subjects, load_split, load_summary
from trainer.phantom.drawing import make_phantom
from trainer.prepare import prepare

SETTINGS = Settings(train_crop=32, batch=4, epochs=3, phantoms=0, negatives=0.5, seed=3)
STILL: dict[str, Any] = dict.fromkeys(AUGMENTATION, 0.0)
SUBJECTS = ("ann", "bob", "eve")
SPLIT_OF = {"ann": "train", "bob": "train", "eve": "validation"}


def make_slices(split: str = "train") -> Slices:
    """Return one split of 3 subjects with 12 slices each of 64 x 64; slices 0 to 3 of each are empty."""
    rng = np.random.default_rng(0)
    images = rng.integers(1, 256, (36, 64, 64), np.uint8)
    masks = np.zeros_like(images)
    masks[:, 20:40, 24:44] = (np.arange(36) % 12 >= 4)[:, None, None]
    indices = np.array([i for i in range(36) if SPLIT_OF[SUBJECTS[i // 12]] == split])
    subjects = np.array([SUBJECTS[i // 12] for i in indices])
    has_organ, spacing = masks[indices].any((1, 2)), np.zeros((36, 3), np.float32)
    hu = grey_to_hu(images, ABDOMEN)
    return Slices(hu, masks, spacing, indices, subjects, indices % 12, has_organ, ABDOMEN, "pancreas")


def disc(size: int, radius: float, x: float = 0, y: float = 0) -> np.ndarray:
    """Return a disc, its centre given from the middle of the image."""
    at = np.arange(size) - (size - 1) / 2
    inside: np.ndarray = np.hypot(at[None] - x, at[:, None] - y) < radius
    return inside.astype(np.uint8)


@pytest.fixture(autouse=True)
def small_phantoms(monkeypatch: pytest.MonkeyPatch) -> None:
    """Draw whole slices of 128 x 128."""
    monkeypatch.setattr(module, "WHOLE_SLICE", 128)


# the data set on disk


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Write a prepared data set of three subjects with two slices each; the second has an organ."""
    rng = np.random.default_rng(0)
    lines = ["subject,slice,image,mask,split"]
    for name, split in zip(SUBJECTS, ("train", "validation", "test"), strict=True):
        for number in (1, 2):
            mask = disc(32, 5) * np.uint8(number - 1)
            for kind, pixels in (("i", rng.integers(0, 256, (32, 32), np.uint8)), ("m", mask)):
                Image.fromarray(pixels).save(tmp_path / f"{name}{number}{kind}.png")
            lines.append(f"{name},{number},{name}{number}i.png,{name}{number}m.png,{split}")
    (tmp_path / "slices.csv").write_text("\n".join(lines) + "\n")
    prepare(str(tmp_path), tmp_path / "data")
    return tmp_path / "data"


def test_a_split_is_read_with_its_subjects_and_numbers(data: Path) -> None:
    slices = load_split(data, "validation")
    assert slices.indices.tolist() == [2, 3]
    assert slices.subjects.tolist() == ["bob", "bob"]
    assert slices.numbers.tolist() == [1, 2]
    assert slices.has_organ.tolist() == [False, True]
    assert isinstance(slices.voxels, np.memmap)
    assert isinstance(slices.masks, np.memmap)
    assert slices.voxels.shape == (6, 32, 32)


def test_a_split_that_is_not_there_is_refused_by_name(data: Path) -> None:
    with pytest.raises(UserError, match="no slices in the split 'dev': it has train, validation, test"):
        load_split(data, "dev")


@pytest.mark.parametrize("text", [None, "", "{"])
def test_a_folder_that_is_not_prepared_is_refused_with_the_command(tmp_path: Path, text: str | None) -> None:
    if text is not None:
        (tmp_path / "dataset.json").write_text(text)
    with pytest.raises(UserError, match=f"not a prepared data set .*trainer prepare SOURCE {tmp_path}"):
        load_summary(tmp_path)


# the order


def test_an_epoch_has_all_positives_once_and_a_share_of_the_negatives() -> None:
    slices = make_slices()
    positives = slices.indices[slices.has_organ]
    training = TrainingSlices(slices, SETTINGS.but(batch=5))
    assert (training.slices_an_epoch, training.steps_an_epoch) == (16 + 4, 4)
    for epoch in range(10):
        order = training.order(epoch)
        assert order.shape == (4, 5)
        assert len(np.unique(order)) == 20
        assert set(positives) <= set(order.ravel())


@pytest.mark.parametrize(("share", "negatives"), [(0.0, 0), (0.25, 2), (1.0, 8)])
def test_the_share_of_negatives_is_the_one_asked_for(share: float, negatives: int) -> None:
    training = TrainingSlices(make_slices(), SETTINGS.but(negatives=share, batch=1))
    assert sum(index % 12 < 4 for index in training.order(0).ravel()) == negatives


def test_slices_that_fill_no_batch_are_left_out() -> None:
    training = TrainingSlices(make_slices(), SETTINGS.but(batch=6))
    order = training.order(0)
    assert order.shape == (3, 6)
    assert len(np.unique(order)) == 18


def test_epochs_have_orders_and_negatives_of_their_own() -> None:
    training = TrainingSlices(make_slices(), SETTINGS)
    orders = [training.order(epoch).ravel() for epoch in range(5)]
    assert len({tuple(order) for order in orders}) == 5
    assert len({tuple(sorted(order)) for order in orders}) > 1
    np.testing.assert_array_equal(training.order(2).ravel(), orders[2])


def test_no_slice_of_another_split_is_trained_on() -> None:
    training = TrainingSlices(make_slices(), SETTINGS.but(negatives=1.0))
    seen = {int(index) for epoch in range(10) for index in training.order(epoch).ravel()}
    assert seen == set(range(24))  # ann and bob


def test_phantoms_are_mixed_in_once_each() -> None:
    training = TrainingSlices(make_slices(), SETTINGS.but(phantoms=1, batch=1))
    order = training.order(0).ravel()
    phantoms = order[order >= 36]
    assert sorted(phantoms) == list(range(36, 36 + 24))
    assert not np.array_equal(order[-24:], phantoms)  # not in a lump at the end


def test_the_training_phantoms_are_those_of_their_seeds() -> None:
    images, masks = draw_training_phantoms(2, (128, 128), ABDOMEN, "pancreas")
    assert (images.shape, images.dtype, masks.dtype) == ((48, 128, 128), np.uint8, np.uint8)
    drawn = make_phantom(PHANTOM_SEED + 1, size=128)
    np.testing.assert_array_equal(images[24:], hu_to_grey(drawn.hu))
    np.testing.assert_array_equal(masks[24:], drawn.mask("pancreas"))
    assert draw_training_phantoms(0, (64, 64), ABDOMEN, "pancreas")[0].shape == (0, 64, 64)


def test_phantoms_beside_crops_are_the_middle_of_whole_slices() -> None:
    images, masks = draw_training_phantoms(1, (64, 80), ABDOMEN, "pancreas")
    drawn = make_phantom(PHANTOM_SEED, size=128)
    np.testing.assert_array_equal(images, hu_to_grey(drawn.hu)[:, 32:96, 24:104])
    np.testing.assert_array_equal(masks, drawn.mask("pancreas")[:, 32:96, 24:104])


def test_fewer_slices_than_a_batch_are_refused_with_the_flag() -> None:
    with pytest.raises(UserError, match="20 slices, fewer than a batch of 21: give a smaller --batch"):
        TrainingSlices(make_slices(), SETTINGS.but(batch=21))


# the batches


def batches(settings: Settings, first_epoch: int = 0) -> list[tuple[np.ndarray, np.ndarray]]:
    return list(TrainingSlices(make_slices(), settings).batches(first_epoch, 2))


def test_slices_are_float32_and_masks_are_0_or_1() -> None:
    found = batches(SETTINGS)
    assert len(found) == 3 * 5
    for x, y in found:
        assert (x.shape, y.shape) == ((4, 32, 32, 1), (4, 32, 32, 3))
        assert (x.dtype, y.dtype) == (np.float32, np.uint8)
        assert 0 <= x.min() < x.max() <= 1
        assert set(np.unique(y)) <= {0, 1}


def test_a_resumed_run_sees_the_batches_that_it_would_have_seen() -> None:
    whole, resumed = batches(SETTINGS), batches(SETTINGS, 1)
    assert len(resumed) == 2 * 5
    for (x, y), (again_x, again_y) in zip(whole[5:], resumed, strict=True):
        np.testing.assert_array_equal(x, again_x)
        np.testing.assert_array_equal(y, again_y)


def test_another_seed_gives_other_batches() -> None:
    assert not np.array_equal(batches(SETTINGS)[0][0], batches(SETTINGS.but(seed=4))[0][0])


def test_a_slice_is_augmented_anew_in_each_epoch() -> None:
    settings = SETTINGS.but(batch=20, epochs=2)
    slices = make_slices()
    slices.voxels[:] = slices.voxels[0]  # one picture: only the augmentation differs
    found = np.concatenate([x for x, _ in TrainingSlices(slices, settings).batches(0, 2)])
    assert len(np.unique(found.reshape(40, -1), axis=0)) == 40


def test_each_batch_holds_the_slices_of_its_order() -> None:
    training = TrainingSlices(
        make_slices(), Settings(**STILL | {"train_crop": 32, "batch": 4, "phantoms": 1, "epochs": 1})
    )
    slices, (drawn, drawn_masks) = make_slices(), draw_training_phantoms(1, (64, 64), ABDOMEN, "pancreas")
    images = np.concatenate([hu_to_grey(slices.voxels), drawn])[:, 16:48, 16:48] / np.float32(255)
    masks = np.concatenate([slices.masks, drawn_masks])[:, 16:48, 16:48]
    for order, (x, y) in zip(training.order(0), training.batches(0, 2), strict=True):
        np.testing.assert_allclose(x[..., 0], images[order], atol=1e-6)
        np.testing.assert_array_equal(y[..., 0], masks[order])


def test_after_its_own_mask_come_those_of_the_slices_below_and_above() -> None:
    slices = make_slices()
    slices.masks[:] = np.random.default_rng(0).integers(0, 2, slices.masks.shape)
    settings = Settings(**STILL | {"train_crop": 32, "batch": 4, "phantoms": 1, "epochs": 1, "neighbours": 5})
    training = TrainingSlices(slices, settings)
    masks = np.concatenate([slices.masks, draw_training_phantoms(1, (64, 64), ABDOMEN, "pancreas")[1]])[:, 16:48, 16:48]
    for order, (_, y) in zip(training.order(0), training.batches(0, 2), strict=True):
        for index, truth in zip(order, y, strict=True):
            first = index // 12 * 12 if index < 36 else 36  # of the subject, or of the phantom
            last, step = (first + 11, 5) if index < 36 else (36 + 23, 1)
            for channel, at in enumerate((index, max(index - step, first), min(index + step, last))):
                np.testing.assert_array_equal(truth[..., channel], masks[at])


def test_without_neighbours_a_batch_has_one_mask() -> None:
    for x, y in batches(SETTINGS.but(neighbours=0)):
        assert x.shape == y.shape == (4, 32, 32, 1)


@pytest.mark.parametrize("of", [1, 2, 3])
def test_several_machines_share_a_batch_and_compute_each_slice_once(of: int) -> None:
    training = TrainingSlices(make_slices(), SETTINGS.but(batch=6))
    whole = training.batch(5)
    shares = [training.batch(5, Share(number, of)) for number in range(of)]
    for part in (0, 1):
        together = np.concatenate([share[part] for share in shares])
        np.testing.assert_array_equal(together, whole[part])


def test_any_number_of_threads_gives_the_same_batches_in_the_same_order() -> None:
    training = TrainingSlices(make_slices(), SETTINGS)
    one, many = (list(training.batches(1, threads)) for threads in (1, 5))
    assert len(one) == len(many) == 2 * 5
    for (x, y), (again_x, again_y) in zip(one, many, strict=True):
        np.testing.assert_array_equal(x, again_x)
        np.testing.assert_array_equal(y, again_y)


# the central field


@pytest.mark.parametrize(("size", "divisor", "batch"), [(40, 16, 5), (64, 32, 12), (30, 8, 7), (500, 32, 4)])
def test_validation_sees_what_the_app_gives_the_network(size: int, divisor: int, batch: int) -> None:
    slices = make_slices("validation")
    box = centre_box((64, 64), size)
    found = list(centre_batches(slices, size, divisor, batch))
    assert [len(images) for images, _ in found[:-1]] == [batch] * (len(found) - 1)
    images, masks = (np.concatenate(parts) for parts in zip(*found, strict=True))
    assert images.dtype == np.float32
    assert masks.dtype == np.bool_
    for image, mask, index in zip(images, masks, slices.indices, strict=True):
        np.testing.assert_array_equal(image[None], network_input(slices.grey(index), box, divisor))
        np.testing.assert_array_equal(mask[None], network_input(slices.masks[index], box, divisor) > 0)


def test_the_first_subjects_are_taken_whole() -> None:
    slices = make_slices()
    some = first_subjects(slices, 1)
    assert set(slices.subjects) == {"ann", "bob"}
    assert some.subjects.tolist() == ["ann"] * 12
    assert some.indices.tolist() == list(range(12))
    assert some.has_organ.tolist() == slices.has_organ[:12].tolist()
    assert first_subjects(slices, 0) is slices


# coarse pixels


def coarse(pixel_mm: tuple[float, float]) -> Slices:
    """Return the slices of `make_slices` with the pixel size known; smooth, as coarse pixels are seen between them."""
    slices = make_slices("validation")
    y, x = np.mgrid[:64, :64]
    hu = np.rint(100 + 80 * np.sin(x / 9) * np.cos(y / 7)).astype(np.int16)
    spacing = np.full((36, 3), (5.0, *pixel_mm), np.float32)
    return replace(slices, voxels=np.broadcast_to(hu, slices.voxels.shape), spacing=spacing)


def test_training_refines_coarse_pixels_about_the_middle() -> None:
    slices = coarse((1.6, 1.6))  # twice as many pixels
    settings = Settings(**STILL | {"train_crop": 32, "batch": 4, "phantoms": 0, "epochs": 1})
    x, _ = TrainingSlices(slices, settings).batch(0)
    whole = np.asarray(cv2.resize(slices.grey(0).astype(np.float32), (128, 128))) / 255
    np.testing.assert_allclose(x[0, ..., 0], whole[48:80, 48:80], atol=1.5 / 255)


def test_neighbours_are_as_far_off_in_mm_however_thick_the_slices() -> None:
    slices = coarse((0.0, 0.0))  # 5 mm
    slices.masks[:] = np.random.default_rng(0).integers(0, 2, slices.masks.shape)
    training = TrainingSlices(
        slices, Settings(**STILL | {"train_crop": 32, "batch": 4, "phantoms": 0, "neighbours": 5})
    )
    for index, truth in zip(training.order(0)[0], training.batch(0)[1], strict=True):
        for channel, at in enumerate((index, max(index - 1, 24), min(index + 1, 35))):
            np.testing.assert_array_equal(truth[..., channel], slices.masks[at, 16:48, 16:48])


def test_slices_that_are_refined_otherwise_are_in_another_batch() -> None:
    slices = coarse((1.6, 1.6))
    slices.spacing[slices.indices[5:]] = 0
    shapes = [images.shape for images, _ in centre_batches(slices, 300, 32, 4)]
    assert shapes == [(4, 128, 128, 1), (1, 128, 128, 1), (4, 64, 64, 1), (3, 64, 64, 1)]
