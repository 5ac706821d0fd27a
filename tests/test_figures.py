"""The charts of the trainer: what is drawn, read back from the figure."""

import math

import numpy as np
import pytest
from matplotlib import pyplot as plt
from PIL import Image

from space.model.bundle import BUNDLED
from space.model.segmenter import Segmenter
from tests.bundles import BUNDLE, EPOCHS
from tests.figures import make_slices
from trainer import figures
from trainer.evaluate import evaluate

TEST = BUNDLE.metrics.test


@pytest.fixture
def drawn(monkeypatch):
    """The figures that were drawn, still open."""
    kept: list = []
    monkeypatch.setattr(figures.plt, "close", kept.append)
    yield kept
    monkeypatch.undo()
    for figure in kept:
        plt.close(figure)


def test_the_curves_are_those_of_the_history_with_the_kept_epoch(drawn, tmp_path):
    figures.draw_curves(EPOCHS, tmp_path / "new" / "curves.png")
    assert Image.open(tmp_path / "new" / "curves.png").size[0] > 500
    loss, dice = drawn[0].axes
    for axis, columns in ((loss, ("loss", "val_loss")), (dice, ("dice", "val_volume_dice"))):
        training, validation, kept = axis.lines
        for line, column in ((training, columns[0]), (validation, columns[1])):
            assert list(line.get_xdata()) == [1, 2, 3]
            assert list(line.get_ydata()) == [getattr(row, column) for row in EPOCHS]
        assert kept.get_xdata()[0] == 2


def test_the_threshold_curve_has_holes_where_dice_is_undefined(drawn, tmp_path):
    levels = (None, *TEST.volume_dice_by_level[1:])
    figures.draw_threshold(TEST.model_copy(update={"volume_dice_by_level": levels}), tmp_path / "threshold.png")
    y = drawn[0].axes[0].lines[0].get_ydata()
    assert math.isnan(y[0])
    assert list(y[1:]) == list(levels[1:])


def test_every_subject_has_a_bar_and_an_undefined_one_says_so(drawn, tmp_path):
    first, *others = TEST.per_subject
    rows = (first.model_copy(update={"dice": None}), *others)
    figures.draw_subjects(TEST.model_copy(update={"per_subject": rows}), tmp_path / "subjects.png")
    (axis,) = drawn[0].axes
    assert [bar.get_height() for bar in axis.patches] == [0, *(row.dice for row in others)]
    assert [text.get_text() for text in axis.texts] == ["n/a", *(f"{row.dice:.3f}" for row in others)]


def test_each_change_has_its_curve(drawn, tmp_path):
    found = BUNDLE.metrics.robustness
    figures.draw_robustness(found, tmp_path / "robustness.png")
    for axis, change in zip(drawn[0].axes, found.changes, strict=True):
        assert axis.get_title() == change.name
        assert list(axis.lines[0].get_xdata()) == list(change.strengths)
        assert list(axis.lines[0].get_ydata()) == list(change.dice)
        assert axis.lines[1].get_xdata()[0] == change.trained


def test_best_median_and_worst_slice_are_drawn_with_their_own_pixels(drawn, tmp_path):
    images = np.stack([np.asarray(Image.open(sample.image)) for sample in BUNDLE.samples])
    masks = np.stack([np.asarray(Image.open(sample.mask).convert("L")) > 0 for sample in BUNDLE.samples if sample.mask])
    masks[5] = False  # a slice without the organ is none of the three
    slices = make_slices(images, masks.astype(np.uint8), np.array(["a", "a", "a", "b", "b", "b"]))
    segmenter = Segmenter(BUNDLED / "model.onnx")
    measured = evaluate(segmenter, slices, 0.5)
    figures.draw_truth_and_prediction(measured, slices, segmenter, tmp_path / "slices.png")
    ranked = sorted(measured.per_slice[:5], key=lambda row: -(row.dice or 0))
    for axis, title, row in zip(
        drawn[0].axes, ("best", "median", "worst"), (ranked[0], ranked[2], ranked[4]), strict=True
    ):
        assert axis.get_title() == f"{title}: {row.subject}, slice {row.slice}, Dice {row.dice:.3f}"
        shown = np.asarray(axis.images[0].get_array())
        untouched = (shown[..., 0] == shown[..., 1]) & (shown[..., 1] == shown[..., 2])
        assert untouched.mean() > 0.8
        own = images[row.slice][96:416, 96:416]
        np.testing.assert_array_equal(shown[..., 0][untouched], own[untouched])


def test_a_split_without_the_organ_has_no_such_picture(tmp_path):
    rows = tuple(row for row in TEST.per_slice if not row.traced)
    slices = make_slices(np.zeros((1, 8, 8), np.uint8), np.zeros((1, 8, 8), np.uint8), np.array(["a"]))
    measured = TEST.model_copy(update={"per_slice": rows})
    figures.draw_truth_and_prediction(measured, slices, Segmenter(BUNDLED / "model.onnx"), tmp_path / "slices.png")
    assert not (tmp_path / "slices.png").exists()
