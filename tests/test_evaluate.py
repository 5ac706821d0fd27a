import dataclasses

import numpy as np
import pytest
from PIL import Image
from sklearn.metrics import f1_score

from space.metrics import Counts, score
from space.model.bundle import BUNDLED, open_bundle
from space.model.segmenter import Segmenter
from space.preprocessing import ABDOMEN, grey_to_hu
from tests.figures import make_slices
from trainer.evaluate import evaluate

BUNDLE = open_bundle(BUNDLED, "")


@pytest.fixture(scope="module")
def segmenter():
    return Segmenter(BUNDLED / "model.onnx")


@pytest.fixture(scope="module")
def slices():
    """Two subjects of three slices each, made of the bundled samples; one slice has no organ."""
    images = np.stack([np.asarray(Image.open(sample.image)) for sample in BUNDLE.samples])
    masks = np.stack([np.asarray(Image.open(str(sample.mask)).convert("L")) > 0 for sample in BUNDLE.samples])
    masks[5] = False
    return make_slices(images, masks.astype(np.uint8), np.array(["a", "a", "a", "b", "b", "b"]))


@pytest.fixture(scope="module")
def metrics(segmenter, slices):
    return evaluate(segmenter, slices, 0.5)


@pytest.fixture(scope="module")
def predicted(segmenter, slices):
    return np.stack([segmenter.predict(slices.hu(i)).probability / 255 >= 0.5 for i in slices.indices])


def test_volume_dice_is_that_of_each_subjects_slices_together(metrics, slices, predicted):
    by_subject = [f1_score(slices.masks[s].ravel() > 0, predicted[s].ravel()) for s in (slice(0, 3), slice(3, 6))]
    assert [row.dice for row in metrics.per_subject] == pytest.approx(by_subject)
    assert metrics.mean_volume_dice == pytest.approx(np.mean(by_subject))


def test_pooled_dice_is_that_of_all_pixels(metrics, slices, predicted):
    assert metrics.pooled.dice == pytest.approx(f1_score(slices.masks.ravel() > 0, predicted.ravel()))


def test_slice_dice_is_the_mean_over_slices_with_the_organ(metrics, slices, predicted):
    each = [f1_score(slices.masks[i].ravel() > 0, predicted[i].ravel()) for i in range(5)]
    assert metrics.mean_slice_dice == pytest.approx(np.mean(each))


def test_slices_without_the_organ_are_counted_apart(metrics, predicted):
    assert metrics.without_organ.slices == 1
    assert metrics.without_organ.slices_with_false_positives == int(predicted[5].any())
    assert metrics.without_organ.mean_false_positive_pixels == predicted[5].sum()


def test_the_table_holds_the_counts_at_every_threshold(metrics, slices, segmenter):
    maps = np.stack([segmenter.predict(slices.hu(i)).probability for i in slices.indices])
    for level in (0, 1, 77, 128, 255):
        marked = maps >= level
        truth = slices.masks > 0
        counts = [(marked & truth).sum(), (marked & ~truth).sum(), (~marked & truth).sum()]
        assert metrics.table[level] == tuple(counts)
    assert metrics.volume_dice_by_level[128] == pytest.approx(metrics.mean_volume_dice)


def test_what_is_undefined_is_none(segmenter, slices):
    empty = dataclasses.replace(
        slices,
        masks=np.zeros_like(slices.masks),
        voxels=grey_to_hu(np.full(slices.voxels.shape, 40, np.uint8), ABDOMEN),
        has_organ=np.zeros(6, bool),
    )
    metrics = evaluate(segmenter, empty, 1.0)
    assert metrics.mean_volume_dice is None
    assert metrics.pooled.dice is None
    assert metrics.mean_slice_dice is None


def test_the_scores_of_the_counts_are_the_scores_shown(metrics):
    for row in [*metrics.per_slice, metrics.pooled]:
        if row.dice is not None:
            assert row.dice == score(Counts(row.tp, row.fp, row.fn)).dice
