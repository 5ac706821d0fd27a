import csv
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from space.preprocessing import ABDOMEN
from tests.figures import make_slices
from trainer import batches
from trainer.publish import samples
from trainer.publish.samples import COUNT, DRAWN, phantom_samples, test_samples, write_samples

test_samples.__test__ = False  # type: ignore[attr-defined]  # a function of the trainer, not a test


@pytest.fixture
def slices():
    """Three subjects of five slices; the square organ grows from slice to slice and the first has none."""
    masks = np.zeros((15, 64, 64), np.uint8)
    for i in range(15):
        masks[i, : 4 * (i % 5), : 4 * (i % 5)] = 1
    images = np.random.default_rng(0).integers(0, 256, (15, 64, 64), np.uint8)
    return replace(make_slices(images, masks, np.repeat(["a", "b", "c"], 5)), numbers=np.tile(np.arange(5), 3))


def test_samples_come_from_all_subjects_show_the_organ_and_differ(slices):
    found = list(test_samples(slices))
    assert len(found) == COUNT
    assert {name.rpartition("-")[0] for name, _, _ in found} == {"test-01", "test-02", "test-03"}
    assert len({name for name, _, _ in found}) == COUNT
    assert all(mask.any() for _, _, mask in found)


def test_samples_are_the_same_each_time(slices):
    first, second = list(test_samples(slices)), list(test_samples(slices))
    assert [name for name, _, _ in first] == [name for name, _, _ in second]


def test_the_phantoms_are_not_those_of_a_training_mix():
    assert max(drawn.seed for drawn in DRAWN) < batches.PHANTOM_SEED


def test_files_and_table_hold_what_was_given(slices, tmp_path):
    given = list(test_samples(slices))
    names = write_samples(iter(given), tmp_path / "samples", synthetic=False)
    assert sorted(path.name for path in (tmp_path / "samples").iterdir()) == sorted(names)
    with (tmp_path / "samples" / "samples.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    for row, (name, pixels, mask) in zip(rows, given, strict=True):
        assert row["name"] == name
        assert row["synthetic"] == "no"
        assert np.array_equal(np.asarray(Image.open(tmp_path / "samples" / row["image"])), pixels)
        assert np.array_equal(np.asarray(Image.open(tmp_path / "samples" / row["mask"])), mask)


def test_each_phantom_sample_shows_the_organ(monkeypatch):
    small = samples.make_phantom
    monkeypatch.setattr(samples, "make_phantom", lambda seed, **asked: small(seed, size=128, **asked))
    for organ in ("pancreas", "liver"):
        found = list(phantom_samples(organ, ABDOMEN))
        assert [name for name, *_ in found] == [f"phantom-{number}" for number in range(1, len(DRAWN) + 1)]
        assert all(mask.any() and pixels.shape == mask.shape for _, pixels, mask in found)
