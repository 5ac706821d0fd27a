"""From files or phantoms to two arrays, a table and a summary; and every source that is refused."""

from __future__ import annotations

import contextlib
import csv
import hashlib
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from space.errors import UserError
from space.preprocessing import ABDOMEN, Window, hu_to_grey
from space.readers.mask import Mask, read_mask
from tests.cases import truth
from trainer.dataset import load_split, load_summary
from trainer.phantom.drawing import make_phantom
from trainer.prepare import prepare
from trainer.sources import phantoms as drawn_ones
from trainer.sources import pictures
from trainer.sources.subjects import split_subjects

SPLITS = {"ann": "train", "bob": "validation", "eve": "test"}
HEADER = "subject,slice,image,mask,split"


def pixels(seed: int, height: int = 32, width: int = 40) -> tuple[np.ndarray, np.ndarray]:
    """Return a slice and a mask; every third mask is empty."""
    rng = np.random.default_rng(seed)
    mask = np.zeros((height, width), bool)
    if seed % 3:
        mask[4 : 4 + seed % 20 + 1, 6:20] = True
    return rng.integers(0, 256, (height, width), np.uint8), mask


def save(path: Path, values: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(values).save(path)


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """Write a source with slices.csv: three subjects of four slices, numbered 8 to 11, in no order."""
    source = tmp_path / "source"
    lines = []
    for seed, (subject, number) in enumerate((s, n) for n in (9, 11, 8, 10) for s in ("eve", "ann", "bob")):
        names = f"{subject}/{number}.png", f"{subject}/{number}-label.png"
        for name, values in zip(names, pixels(seed), strict=True):
            save(source / name, values)
        lines.append(f"{subject},{number},{names[0]},{names[1]},{SPLITS[subject]}")
    (source / "slices.csv").write_text("\n".join([HEADER, *lines]) + "\n")
    for name, values in zip(("1.png", "2.png"), pixels(1, width=36), strict=True):  # not in the table
        save(source / "extra" / name, values)
    return source


@pytest.fixture
def folders(tmp_path: Path) -> Path:
    """Write a source with images/ and masks/: 10 subjects of 7 slices, more than one read of 64."""
    source = tmp_path / "folders"
    for seed in range(70):
        stem = f"s{seed % 10:02d}{'-_'[seed % 2]}x_{seed // 10}"
        image, mask = pixels(seed)
        save(source / "images" / f"{stem}.{'png' if seed % 2 else 'tif'}", image)
        save(source / "masks" / f"{stem}.png", mask)
    return source


def rows_of(out: Path) -> list[dict[str, str]]:
    with (out / "slices.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def assert_arrays_hold_the_files(source: Path, out: Path) -> None:
    hu, masks = (np.load(out / f"{name}.npy") for name in ("hu", "masks"))
    for image, mask, row in zip(hu_to_grey(hu), masks, rows_of(out), strict=True):
        with Image.open(source / row["image"]) as file:
            np.testing.assert_array_equal(image, np.asarray(file))
        with Image.open(source / row["mask"]) as file:
            np.testing.assert_array_equal(mask, np.asarray(file))
        assert int(row["mask_pixels"]) == mask.sum()


# what is written


def test_a_table_becomes_arrays_sorted_by_subject_and_number(table: Path, tmp_path: Path) -> None:
    prepare(str(table), tmp_path / "out")
    rows = rows_of(tmp_path / "out")
    assert [(row["subject"], row["slice"]) for row in rows] == [
        (subject, str(number)) for subject in ("ann", "bob", "eve") for number in (8, 9, 10, 11)
    ]
    assert {row["subject"]: row["split"] for row in rows} == SPLITS
    assert_arrays_hold_the_files(table, tmp_path / "out")


def test_folders_become_arrays_with_the_subjects_of_the_stems(folders: Path, tmp_path: Path) -> None:
    prepare(str(folders), tmp_path / "out")
    rows = rows_of(tmp_path / "out")
    assert len(rows) == 70
    assert all(Path(row["image"]).name.startswith(f"{row['subject']}-x") for row in rows[:7])
    assert {row["subject"] for row in rows} == {f"s{number:02d}" for number in range(10)}
    assert [int(row["slice"]) for row in rows] == [1, 2, 3, 4, 5, 6, 7] * 10
    assert_arrays_hold_the_files(folders, tmp_path / "out")


@pytest.mark.parametrize("stem", ["ann-1", "ann_1", "ann-1_2", "ann_1-2", "ann"])
def test_the_subject_is_the_stem_before_the_first_dash_or_underscore(tmp_path: Path, stem: str) -> None:
    for name in (stem, "bob-1", "eve-1"):
        for folder, values in zip(("images", "masks"), pixels(1), strict=True):
            save(tmp_path / folder / f"{name}.png", values)
    prepare(str(tmp_path), tmp_path / "out")
    assert {row["subject"] for row in rows_of(tmp_path / "out")} == {"ann", "bob", "eve"}


def test_the_arrays_can_be_memory_mapped(table: Path, tmp_path: Path) -> None:
    prepare(str(table), tmp_path / "out")
    for name, kind in (("hu", np.int16), ("masks", np.uint8)):
        array = np.load(tmp_path / "out" / f"{name}.npy", mmap_mode="r")
        assert isinstance(array, np.memmap)
        assert (array.shape, array.dtype, array.flags.c_contiguous) == ((12, 32, 40), kind, True)
    assert set(np.unique(array)) == {0, 1}


def test_the_summary_is_true(table: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    summary = prepare(str(table), out, seed=5, citation="Someone 2020")
    assert summary == load_summary(out)
    rows = rows_of(out)
    for split, counts in summary.splits:
        mine = [row for row in rows if row["split"] == split]
        assert counts.model_dump() == {
            "subjects": len({row["subject"] for row in mine}),
            "with_organ": sum(row["mask_pixels"] != "0" for row in mine),
            "without_organ": sum(row["mask_pixels"] == "0" for row in mine),
        }
    assert summary.sha256 == {name: sha256(out / name) for name in summary.sha256}
    assert set(summary.sha256) == {"hu.npy", "masks.npy", "spacing.npy", "slices.csv"}
    assert summary.shape == (12, 32, 40)
    assert summary.window_hu == (-40, 310)
    assert (summary.source, summary.seed, summary.citation) == ("source", 5, "Someone 2020")


def test_the_same_source_and_seed_give_the_same_bytes(folders: Path, tmp_path: Path) -> None:
    once, again, other = (prepare(str(folders), tmp_path / f"out{n}", seed=seed) for n, seed in enumerate((1, 1, 2)))
    assert once == again
    assert once.sha256["hu.npy"] == other.sha256["hu.npy"]
    assert once.sha256["slices.csv"] != other.sha256["slices.csv"]


@pytest.mark.parametrize(("name", "words"), [("pancreas-ct", "Roth HR"), ("mine", "not stated")])
def test_a_source_is_cited_if_it_is_known(table: Path, tmp_path: Path, name: str, words: str) -> None:
    source = table.rename(tmp_path / name)
    assert words in prepare(str(source), tmp_path / "out").citation


def test_windowed_pictures_reach_the_network_with_the_grey_levels_that_they_have(table: Path, tmp_path: Path) -> None:
    image = np.arange(256, dtype=np.uint8).repeat(8).reshape(32, 64)  # every level
    for path in table.rglob("*.png"):
        save(
            path,
            np.zeros((32, 64), bool) | (path.name.startswith("9-")) & (image > 200) if "label" in path.name else image,
        )
    for window in (ABDOMEN, Window(-160, 240), Window(0, 80), Window(-1000, 400)):
        prepare(str(table), tmp_path / "out", window=window)
        slices = load_split(tmp_path / "out", "train")
        np.testing.assert_array_equal(slices.grey(slices.indices[0]), image)
        assert slices.hu(0).dtype == (np.int16 if window.width > 255 else np.float32)


def test_a_table_of_another_window_is_refused_if_it_is_none(table: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"--window 300 -40: the first number is black"):
        prepare(str(table), tmp_path / "out", window=(300, -40))


# which slices, and whose


def test_every_third_slice_and_half_of_the_empty_ones(folders: Path, tmp_path: Path) -> None:
    prepare(str(folders), tmp_path / "all")
    prepare(str(folders), tmp_path / "some", every=3)
    prepare(str(folders), tmp_path / "filled", empty=0)
    prepare(str(folders), tmp_path / "half", empty=0.5)
    found = rows_of(tmp_path / "all")
    assert [row for row in found if int(row["slice"]) % 3 == 1] == rows_of(tmp_path / "some")
    assert [row for row in found if row["mask_pixels"] != "0"] == rows_of(tmp_path / "filled")
    assert np.load(tmp_path / "some" / "hu.npy").shape == (30, 32, 40)
    half = rows_of(tmp_path / "half")
    empty = [row for row in found if row["mask_pixels"] == "0"]
    assert sum(row in half for row in empty) == len(empty) // 2
    assert all(row in half for row in found if row not in empty)


@pytest.mark.parametrize("options", [{"every": 0}, {"empty": 1.5}, {"pixel_size": 0.0}, {"subject": "x"}])
def test_an_option_that_means_nothing_is_refused_by_name(
    folders: Path, tmp_path: Path, options: dict[str, Any]
) -> None:
    with pytest.raises(UserError, match=f"--{next(iter(options)).replace('_', '-')}"):
        prepare(str(folders), tmp_path / "out", **options)


def test_a_pattern_says_whose_a_slice_is(folders: Path, tmp_path: Path) -> None:
    prepare(str(folders), tmp_path / "out", subject=r"_(\d)\.")
    assert {row["subject"] for row in rows_of(tmp_path / "out")} == set("0123456")
    with pytest.raises(UserError, match=r"finds no subject in images/s00-x_0\.tif"):
        prepare(str(folders), tmp_path / "out", subject=r"case(\d)")


def test_all_of_a_source_can_be_for_testing(folders: Path, tmp_path: Path) -> None:
    for path in [*folders.glob("*/s0[2-9]*")]:
        path.unlink()
    made = prepare(str(folders), tmp_path / "out", split="test")
    assert (made.splits.test.subjects, made.splits.train.subjects) == (2, 0)
    with pytest.raises(UserError, match="no slices in the split 'train': it has test"):
        load_split(tmp_path / "out", "train")


LAYOUTS = {
    "suffix": lambda subject, number: (f"{subject}-{number}.png", f"{subject}-{number}_mask.png"),
    "seg": lambda subject, number: (f"a/{subject}-{number}.png", f"a/{subject}-{number}-seg.png"),
    "patients": lambda subject, number: (f"{subject}/ct/{number}.png", f"{subject}/labels/{number}.png"),
    "patients in one": lambda subject, number: (f"{subject}/{number}_image.png", f"{subject}/{number}_label.png"),
    "nested": lambda subject, number: (f"images/{subject}/x/{number}.png", f"masks/{subject}/x/{number}.png"),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_pictures_in_any_usual_layout_are_the_same_data_set(tmp_path: Path, layout: str) -> None:
    for name in ("plain", layout):
        for seed in range(9):
            subject, number = ("ann", "bob", "eve")[seed % 3], seed // 3
            paths = (
                LAYOUTS[name](subject, number)
                if name in LAYOUTS
                else tuple(f"{kind}/{subject}-{number}.png" for kind in ("images", "masks"))
            )
            for path, values in zip(paths, pixels(seed), strict=True):
                save(tmp_path / name / path, values)
    options: dict[str, Any] = {"subject": "(ann|bob|eve)"} if layout == "seg" else {}
    made, plain = (prepare(str(tmp_path / name), tmp_path / "out" / name, **options) for name in (layout, "plain"))
    for name in ("hu.npy", "masks.npy", "spacing.npy"):
        assert made.sha256[name] == plain.sha256[name]
    assert made.splits == plain.splits


# phantoms


@pytest.fixture
def small_phantoms(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drawn_ones, "SLICES", 2)
    monkeypatch.setattr(drawn_ones, "make_phantom", partial(make_phantom, size=64))


@pytest.mark.usefixtures("small_phantoms")
def test_phantoms_are_drawn_from_the_seeds_in_their_names(tmp_path: Path) -> None:
    summary = prepare("phantom", tmp_path / "out", subjects=3, seed=40)
    rows = rows_of(tmp_path / "out")
    assert [row["subject"] for row in rows[::2]] == ["phantom0040", "phantom0041", "phantom0042"]
    hu, masks, spacing = (np.load(tmp_path / "out" / f"{name}.npy") for name in ("hu", "masks", "spacing"))
    for number in range(3):
        drawn = make_phantom(40 + number, slices=2, size=64)
        np.testing.assert_array_equal(hu[2 * number : 2 * number + 2], drawn.hu)
        np.testing.assert_allclose(spacing[2 * number : 2 * number + 2], [drawn.spacing or ()] * 2)
        np.testing.assert_array_equal(masks[2 * number : 2 * number + 2], drawn.mask("pancreas"))
    assert (summary.source, summary.shape) == ("phantom", (6, 64, 64))
    assert "no patients" in summary.citation
    assert sorted(counts.subjects for _, counts in summary.splits) == [1, 1, 1]


# splits


@pytest.mark.parametrize(("subjects", "held_out"), [(3, 1), (10, 1), (14, 1), (16, 2), (80, 8)])
def test_a_tenth_of_the_subjects_each_is_for_validation_and_test(subjects: int, held_out: int) -> None:
    names = [f"s{number}" for number in range(subjects)]
    for seed in range(10):
        found = list(split_subjects(names, seed).values())
        assert set(split_subjects(names, seed)) == set(names)
        assert found.count("validation") == found.count("test") == held_out
        assert found.count("train") == subjects - 2 * held_out


def test_the_split_follows_from_the_seed() -> None:
    names = [f"s{number}" for number in range(30)]
    assert split_subjects(names, 7) == split_subjects(names, 7)
    assert len({str(split_subjects(names, seed)) for seed in range(10)}) == 10


def test_no_subject_is_in_two_splits(folders: Path, tmp_path: Path) -> None:
    prepare(str(folders), tmp_path / "out")
    found = {(row["subject"], row["split"]) for row in rows_of(tmp_path / "out")}
    assert len(found) == len({subject for subject, _ in found}) == 10
    assert {split for _, split in found} == {"train", "validation", "test"}


# what is refused


def rewrite(old: str, new: str) -> Callable[[Path], None]:
    def change(source: Path) -> None:
        text = (source / "slices.csv").read_text()
        assert old in text
        (source / "slices.csv").write_text(text.replace(old, new, 1))

    return change


def unlink(pattern: str) -> Callable[[Path], None]:
    def change(source: Path) -> None:
        for path in source.glob(pattern):
            path.unlink()

    return change


def write(name: str, content: str | np.ndarray) -> Callable[[Path], None]:
    def change(source: Path) -> None:
        if isinstance(content, str):
            (source / name).write_text(content)
        else:
            save(source / name, content)

    return change


def saved_nonsense(source: Path) -> None:
    (source / "slices.csv").write_bytes(b"\x81\x8d\x8f" + (source / "slices.csv").read_bytes())


BAD_TABLES: dict[str, tuple[Callable[[Path], None], list[str]]] = {
    "missing slice": (unlink("ann/9.png"), ["ann/9.png is missing", "slice 9 of subject ann"]),
    "missing mask": (unlink("ann/9-label.png"), ["ann/9-label.png is missing", "slice 9 of subject ann"]),
    "no image": (write("ann/9.png", "x"), ["9.png is not an image", "please give DICOM"]),
    "mask of another size": (
        write("ann/9-label.png", np.zeros((40, 32), bool)),
        ["9-label.png is 32 x 40", "40 x 32", "the same pixels"],
    ),
    "mask of three values": (
        write("ann/9-label.png", np.arange(32 * 40, dtype=np.uint16).reshape(32, 40) % 3),
        ["9-label.png has 2 values", "which one is the pancreas?", "--label: '1' (1: 33.4% of the slice), '2'"],
    ),
    "slice of another size": (
        rewrite("bob/9.png,bob/9-label.png", "extra/1.png,extra/2.png"),
        ["extra/1.png is 36 x 32", "40 x 32", "must have one size"],
    ),
    "subject in two splits": (
        rewrite("ann,9,ann/9.png,ann/9-label.png,train", "ann,9,ann/9.png,ann/9-label.png,test"),
        ["Subject ann", "test and train", "slices.csv", "must be in one"],
    ),
    "missing column": (rewrite("split", "fold"), ["slices.csv lacks the column split"]),
    "unknown split": (rewrite(",train", ",training"), ["slices.csv, line 3", "'training'", "validation"]),
    "slice without a number": (rewrite("ann,9", "ann,nine"), ["slices.csv, line 3", "'nine', not a number"]),
    "short line": (
        write("slices.csv", "subject,slice,split,image,mask\nann,9,train,ann/9.png\n"),
        ["slices.csv, line 2"],
    ),
    "slice that is there twice": (rewrite("ann,11,", "ann,9,"), ["slices.csv, lines", "slice 9 of subject ann"]),
    "cell too many": (rewrite("ann/9.png", "ann/9.png,ann/9.png"), ["slices.csv, line", "one for each column"]),
    "no text": (saved_nonsense, ["slices.csv", "CSV in UTF-8"]),
    "empty table": (write("slices.csv", HEADER + "\n"), ["holds no slices"]),
}


@pytest.mark.parametrize("case", BAD_TABLES)
def test_a_table_with_a_fault_is_refused_by_name(table: Path, tmp_path: Path, case: str) -> None:
    spoil, words = BAD_TABLES[case]
    spoil(table)
    with pytest.raises(UserError) as refusal:
        prepare(str(table), tmp_path / "out")
    for word in words:
        assert word in str(refusal.value)
    assert not (tmp_path / "out" / "dataset.json").exists()


BAD_FOLDERS: dict[str, tuple[Callable[[Path], None], list[str]]] = {
    "slice without mask": (
        unlink("masks/s01_x_0.png"),
        ["s01_x_0.png has no mask", "file named s01_x_0.png", "s01_x_0_mask"],
    ),
    "mask without slice": (unlink("images/s01_x_0.png"), ["s01_x_0.png has no slice", "images"]),
    "two of one stem": (
        write("images/s01_x_0.tif", pixels(1)[0]),
        ["s01_x_0.tif", "s01_x_0.png", "two images of one name", "keep one"],
    ),
    "two subjects": (
        unlink("*/s0[2-9]*"),
        ["2 subjects (s00, s01)", "at least one each", "before the first - or _", "--subject PATTERN", "--split test"],
    ),
}


@pytest.mark.parametrize("case", BAD_FOLDERS)
def test_folders_with_a_fault_are_refused_by_name(folders: Path, tmp_path: Path, case: str) -> None:
    spoil, words = BAD_FOLDERS[case]
    spoil(folders)
    with pytest.raises(UserError) as refusal:
        prepare(str(folders), tmp_path / "out")
    for word in words:
        assert word in str(refusal.value)
    assert not (tmp_path / "out" / "dataset.json").exists()


def test_a_source_that_does_not_exist_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"no folder .*gone: give a folder of slices, or the word 'phantom'"):
        prepare(str(tmp_path / "gone"), tmp_path / "out")


def test_an_empty_folder_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "void").mkdir()
    with pytest.raises(UserError, match="void"):
        prepare(str(tmp_path / "void"), tmp_path / "out")


def test_too_few_phantoms_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"There are 2 subjects .*at least one each"):
        prepare("phantom", tmp_path / "out", subjects=2)


# how the files are understood

SMALL = (slice(150, 350), slice(150, 350))  # of the phantom: the organ and what is around it
GREY, ORGAN, BONE = (plane[SMALL] for plane in truth()[1:])
STORED = (truth().hu[SMALL].astype(int) + 1024).astype(np.uint16)


@pytest.fixture
def phantoms(tmp_path: Path) -> Path:
    """Write a source with images/ and masks/: three subjects of twelve slices, HU + 1024, numbered without zeros."""
    source = tmp_path / "phantoms"
    for subject in range(3):
        for number in range(1, 13):
            name = f"p{subject}-{number}.png"
            image, mask = (np.roll(plane, (number, 3 * subject), (0, 1)) for plane in (STORED, ORGAN))
            save(source / "images" / name, image + np.uint16(20 * subject + number))
            save(source / "masks" / name, mask)
    return source


def test_the_slices_are_numbered_as_people_count(phantoms: Path, tmp_path: Path) -> None:
    prepare(str(phantoms), tmp_path / "out")
    assert [Path(row["image"]).stem for row in rows_of(tmp_path / "out")[:12]] == [f"p0-{n}" for n in range(1, 13)]


def test_it_is_told_how_many_slices_were_read_in_which_way(
    phantoms: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    prepare(str(phantoms), tmp_path / "out")
    assert capsys.readouterr().out.splitlines() == [
        "Slices and masks as pictures: 3 subjects, 36 slices.",
        "Their values are read as HU + 1024.",
        "The size of their pixels is not known, and so neither is the volume of the pancreas.",
        "36 slices: 16-bit values, read as HU + 1024.",
    ]
    np.testing.assert_array_equal(np.load(tmp_path / "out" / "hu.npy")[0], np.roll(STORED, 1, 0) + 1.0 - 1024)


def test_a_mixture_of_readings_is_refused_with_examples(phantoms: Path, tmp_path: Path) -> None:
    save(phantoms / "images" / "p1-7.png", GREY)
    with pytest.raises(UserError) as refusal:
        prepare(str(phantoms), tmp_path / "out")
    said = ["35 as HU + 1024 (such as images/p0-1.png)", "1 as a picture", "images/p1-7.png", "--values"]
    assert all(words in str(refusal.value) for words in said)


def test_a_slice_that_could_be_read_in_several_ways_follows_the_others(phantoms: Path, tmp_path: Path) -> None:
    odd = np.where(STORED > 1100, 1100, 0).astype(np.uint16) + (STORED % 200)  # no CT, but in its range
    save(phantoms / "images" / "p1-7.png", odd)
    prepare(str(phantoms), tmp_path / "out")
    place = [row["image"] for row in rows_of(tmp_path / "out")].index("images/p1-7.png")
    np.testing.assert_array_equal(np.load(tmp_path / "out" / "hu.npy")[place], odd - 1024.0)


def test_slices_that_do_not_say_what_they_are_need_values(phantoms: Path, tmp_path: Path) -> None:
    for path in (phantoms / "images").iterdir():
        save(path, np.asarray(Image.open(path)) // np.uint16(3))
    with pytest.raises(UserError, match=r"do not say what they stand for\. Say so with --values: 'stretched'"):
        prepare(str(phantoms), tmp_path / "out")
    prepare(str(phantoms), tmp_path / "out", values="hu")
    with Image.open(phantoms / "images" / "p0-1.png") as first:
        np.testing.assert_array_equal(np.load(tmp_path / "out" / "hu.npy")[0], np.asarray(first))


def test_a_label_picks_the_organ_and_may_be_missing_on_a_slice(
    phantoms: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for number, path in enumerate(sorted((phantoms / "masks").iterdir())):
        save(path, np.where(ORGAN & (number > 0), 2, BONE).astype(np.uint8))
    with pytest.raises(UserError, match=r"which one is the pancreas\? Say so with --label: '1' .*, '2'"):
        prepare(str(phantoms), tmp_path / "out")
    prepare(str(phantoms), tmp_path / "out", label="2")
    assert "1 masks: The mask has no pixel of the label '2'." in capsys.readouterr().out
    masks = np.load(tmp_path / "out" / "masks.npy")
    assert [bool(mask.any()) for mask in masks] == [False, *[True] * 35]
    np.testing.assert_array_equal(masks[1], ORGAN)


def test_inverted_masks_are_read_and_said_and_white_ones_need_an_answer(
    phantoms: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for path in (phantoms / "masks").iterdir():
        save(path, ~ORGAN)
    prepare(str(phantoms), tmp_path / "out")
    assert "36 masks: The mask is inverted" in capsys.readouterr().out
    save(phantoms / "masks" / "p0-1.png", ORGAN | True)
    with pytest.raises(UserError, match="would cover 100% of the slice"):
        prepare(str(phantoms), tmp_path / "out")
    prepare(str(phantoms), tmp_path / "out", label="0")
    assert not np.load(tmp_path / "out" / "masks.npy")[0].any()


def test_masks_that_are_all_empty_are_refused(phantoms: Path, tmp_path: Path) -> None:
    for path in (phantoms / "masks").iterdir():
        save(path, ORGAN & False)
    with pytest.raises(UserError, match="All masks are empty"):
        prepare(str(phantoms), tmp_path / "out")
    assert not (tmp_path / "out" / "dataset.json").exists()


def rename_without_subjects(source: Path) -> None:
    for number, path in enumerate(sorted((source / "images").iterdir())):
        path.rename(source / "images" / f"IM{number:04d}.png")
        (source / "masks" / path.name).rename(source / "masks" / f"IM{number:04d}.png")


def copy(source: Path, old: str, new: str) -> None:
    (source / "images" / new).write_bytes((source / "images" / old).read_bytes())


def empty(source: Path, pattern: str) -> None:
    for path in (source / "masks").glob(pattern):
        save(path, ORGAN & False)


def same_mask(source: Path) -> None:
    for path in (source / "masks").iterdir():
        save(path, ORGAN)


def of_elsewhere(source: Path) -> None:
    for number, path in enumerate(sorted((source / "masks").iterdir())):
        save(path, (STORED < 900) & (np.arange(200) > number))  # fat


WARNINGS: dict[str, tuple[Callable[[Path], object], str]] = {
    "no subjects": (rename_without_subjects, "36 of 36 subjects have a single slice (such as images/IM0000.png)"),
    "same image, two splits": (
        lambda source: copy(source, "p0-1.png", "p1-1.png"),
        "THE SAME IMAGE IS IN SEVERAL SPLITS",
    ),
    "same image, one split": (
        lambda source: copy(source, "p0-1.png", "p0-2.png"),
        "1 images are there more than once within a split (such as images/p0-1.png and images/p0-2.png)",
    ),
    "split without organ": (lambda source: empty(source, "p1-*"), "No slice of the split"),
    "other files": (write("images/volume.nrrd", "x"), "1 other files were left out (such as images/volume.nrrd)"),
    "one mask for all": (same_mask, "36 of 36 masks are the same as another slice's"),
    "masks of elsewhere": (of_elsewhere, "most of the mask lies on black"),
}


@pytest.mark.parametrize("case", WARNINGS)
def test_what_suggests_a_mistake_is_said(
    phantoms: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], case: str
) -> None:
    spoil, words = WARNINGS[case]
    prepare(str(phantoms), tmp_path / "out")
    assert "Warning" not in capsys.readouterr().out
    spoil(phantoms)
    prepare(str(phantoms), tmp_path / "out")
    assert words in capsys.readouterr().out


def test_what_systems_leave_in_folders_is_no_slice(
    phantoms: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("images/._p0-1.png", "masks/._p0-1.png", "images/.DS_Store", "masks/Thumbs.db", "images/desktop.ini"):
        (phantoms / name).write_bytes(b"\0\5\x16\7")
    prepare(str(phantoms), tmp_path / "out")
    assert "left out" not in capsys.readouterr().out
    assert len(rows_of(tmp_path / "out")) == 36


def test_numbers_that_do_not_go_with_the_names_are_said(
    table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rewrite("ann,9,ann/9.png", "ann,99,ann/9.png")(table)
    prepare(str(table), tmp_path / "out")
    assert "do not go with their files' names (such as subject ann)" in capsys.readouterr().out


# the table, as spreadsheets save it


def saved(encoding: str, separator: str = ",", lead: str = "", tail: str = "") -> Callable[[Path], None]:
    def change(source: Path) -> None:
        text = (source / "slices.csv").read_text().replace("\n", "\r\n").replace(",", separator)
        (source / "slices.csv").write_bytes((lead + text + tail).encode(encoding))

    return change


@pytest.mark.parametrize(
    "save_as",
    [
        saved("utf-8-sig"),
        saved("utf-16"),
        saved("utf-16", "\t"),
        saved("utf-16-le", ";"),
        saved("utf-16-be"),
        saved("cp1252", ";"),
        saved("utf-8", ";", lead="sep=;\r\n"),
        saved("utf-8", "|"),
        saved("utf-8", "\t", tail="\t\t\t\t\r\n\r\n"),
        rewrite("subject,slice", " Subject , SLICE "),
        rewrite("ann,9", "ann,9.0"),
        rewrite("ann/9.png", "ann\\9.png"),
        rewrite("ann,9,ann/9.png", '"ann",9,"ann/9.png"'),
    ],
)
def test_a_table_is_read_as_spreadsheets_save_it(table: Path, tmp_path: Path, save_as: Callable[[Path], None]) -> None:
    expected = prepare(str(table), tmp_path / "expected")
    save_as(table)
    assert prepare(str(table), tmp_path / "out") == expected


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_names_with_accents_survive_the_encoding(table: Path, tmp_path: Path, encoding: str) -> None:
    (table / "ann").rename(table / "anné")
    text = (table / "slices.csv").read_text().replace("ann", "anné")
    (table / "slices.csv").write_bytes(text.encode(encoding))
    prepare(str(table), tmp_path / "out")
    with (tmp_path / "out" / "slices.csv").open(encoding="utf-8", newline="") as file:
        assert {row["subject"] for row in csv.DictReader(file)} == {"anné", "bob", "eve"}


# what is left of a prepare that stops


@pytest.mark.parametrize("error", [KeyboardInterrupt, UserError, OSError])
def test_a_prepare_that_stops_leaves_nothing_that_looks_whole(
    table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: type[BaseException]
) -> None:
    out = tmp_path / "out"
    prepare(str(table), out)  # an older data set is in the way

    def stop(path: Path, target: str, **options: Any) -> Mask:
        if "eve" in str(path):
            raise error
        return read_mask(path, target, **options)

    monkeypatch.setattr(pictures, "read_mask", stop)
    with pytest.raises(error):
        prepare(str(table), out)
    assert not (out / "dataset.json").exists()
    monkeypatch.undo()
    assert prepare(str(table), out).sha256["hu.npy"] == sha256(out / "hu.npy")


def test_the_table_of_the_source_survives_a_prepare_into_its_own_folder(table: Path) -> None:
    before = (table / "slices.csv").read_bytes()
    with contextlib.suppress(UserError):  # a refusal is as good
        prepare(str(table), table)
    assert (table / "slices.csv").read_bytes() == before
