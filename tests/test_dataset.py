"""A data set, told from others by the hashes of its files."""

import hashlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from trainer.dataset import DataSet, same_data, same_slices
from trainer.prepare import prepare


@pytest.fixture
def data(tmp_path: Path) -> tuple[Path, np.ndarray, DataSet]:
    """A prepared data set, its slices as they were, and what is said of it."""
    pictures = np.random.default_rng(0).integers(0, 256, (3, 32, 40), np.uint8)
    mask = np.zeros((32, 40), np.uint8)
    mask[4:9, 6:20] = 255
    for subject, picture in zip(("ann", "bob", "eve"), pictures, strict=True):
        for kind, pixels in (("images", picture), ("masks", mask)):
            (tmp_path / "source" / kind).mkdir(parents=True, exist_ok=True)
            Image.fromarray(pixels).save(tmp_path / "source" / kind / f"{subject}-1.png")
    return tmp_path / "data", pictures, prepare(str(tmp_path / "source"), tmp_path / "data")


def trained_on(summary: DataSet, **sha256: str) -> DataSet:
    return summary.model_copy(update={"sha256": sha256})


def test_a_data_set_is_itself_and_not_one_with_another_file(data: tuple[Path, np.ndarray, DataSet]) -> None:
    folder, _, summary = data
    assert same_slices(folder, summary)
    for name in summary.sha256:
        assert not same_slices(folder, trained_on(summary, **summary.sha256 | {name: "0" * 64}))
    assert not same_slices(folder, trained_on(summary))


def test_grey_levels_that_an_earlier_version_kept_are_compared_pixel_by_pixel(
    data: tuple[Path, np.ndarray, DataSet], tmp_path: Path
) -> None:
    folder, pictures, summary = data
    kept = {name: summary.sha256[name] for name in ("masks.npy", "slices.csv")}

    def grey(values: np.ndarray) -> str:
        np.save(tmp_path / "images.npy", values)
        return hashlib.sha256((tmp_path / "images.npy").read_bytes()).hexdigest()

    assert same_slices(folder, trained_on(summary, **kept, **{"images.npy": grey(pictures)}))
    pictures[1, 5, 7] ^= 1
    assert not same_slices(folder, trained_on(summary, **kept, **{"images.npy": grey(pictures)}))


def test_runs_of_two_formats_are_compared_by_what_both_have(data: tuple[Path, np.ndarray, DataSet]) -> None:
    _, _, summary = data
    kept = {name: summary.sha256[name] for name in ("masks.npy", "slices.csv")}
    assert same_data(summary, trained_on(summary, **kept, **{"images.npy": "0" * 64}))
    assert not same_data(summary, trained_on(summary, **kept | {"slices.csv": "0" * 64}))
    assert not same_data(summary, trained_on(summary, **{"images.npy": "0" * 64}))
