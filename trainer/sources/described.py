"""Folders that a `dataset.json` describes: the Medical Segmentation Decathlon's, and nnU-Net's raw data sets.

References
----------
Antonelli M et al. The Medical Segmentation Decathlon. Nat Commun 2022;13:4128 (imagesTr, labelsTr, `training`).
nnU-Net, documentation/dataset_format.md (`case_0000.nii.gz`; labels by name, or by lists of values).
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from space.errors import UserError
from trainer.sources.names import NIFTIS, files_in, stem_of
from trainer.sources.source import Asked, Item, inside
from trainer.sources.subjects import named_by, pattern_of
from trainer.sources.volumes import Files, Volumes

DESCRIPTION = "dataset.json"
CHANNEL = "_0000"
FOR_TESTS = ("imagesTs", "labelsTs")


class Pair(BaseModel):
    """A row of `training`."""

    image: str
    label: str


class Description(BaseModel):
    """What is used of a `dataset.json`; both kinds say more."""

    name: str = ""
    reference: str = ""
    licence: str = ""
    license: str = ""
    labels: dict[str, int | str | list[int]]
    training: list[Pair] | None = None
    file_ending: str = ".nii.gz"

    def regions(self) -> dict[str, tuple[str, ...]]:
        """Return the labels by name, without the background: `{"1": "liver"}` and `{"liver": 1}` say the same."""
        found: dict[str, tuple[str, ...]] = {}
        for key, value in self.labels.items():
            name, numbers = (value, [int(key)]) if isinstance(value, str) and key.isdecimal() else (key, value)
            values: list[Any] = numbers if isinstance(numbers, list) else [numbers]
            if any(str(number) != "0" for number in values):
                found[str(name)] = tuple(str(number) for number in values)
        return found


def is_described(folder: Path) -> bool:
    """Tell by its files whether a folder is one of the two."""
    return (folder / DESCRIPTION).is_file() and (folder / "imagesTr").is_dir()


def described(folder: Path, asked: Asked) -> Volumes:
    """Return the volumes that a `dataset.json` describes.

    Raises
    ------
    UserError
        that names what is missing.
    """
    path = folder / DESCRIPTION
    try:
        about = Description.model_validate_json(path.read_bytes())
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "the file"
        raise UserError(f"{path} is not that of a data set: {where}: {first['msg']}.") from None
    raw = any((folder / "imagesTr").glob(f"*{CHANNEL}.*"))
    pairs = _raw(folder, about) if raw else _listed(folder, about)
    pattern, items = pattern_of(asked.subject), []
    files: dict[str, Files] = {}
    for image, label in pairs:
        for each in (image, label):
            if not each.is_file():
                raise UserError(f"{each} is missing: {path} needs it.")
        where = inside(folder, image)
        if where in files:
            raise UserError(f"{path} lists {where} twice: keep one.")
        subject = named_by(pattern, where) if pattern else stem_of(image.name).removesuffix(CHANNEL)
        items.append(Item(subject, where, inside(folder, label)))
        files[where] = [image], [label]
    kind = "nnU-Net's raw data set" if raw else "The Medical Segmentation Decathlon's folders"
    source = Volumes(kind, about.name or folder.resolve().name, items, files, asked, about.regions())
    source.licence = about.licence or about.license
    source.citation = ". ".join(part for part in (about.name, about.reference) if part)
    used = {path for pair in pairs for path in pair}
    others = [inside(folder, path) for path in files_in(folder) if path not in used and path != folder / DESCRIPTION]
    source.left_out = [where for where in others if where.split("/")[0] not in FOR_TESTS]
    source.remarks = list(_tests_in_words(others))
    return source


def _tests_in_words(others: Sequence[str]) -> Iterator[str]:
    """Yield what is said of the images for tests, which `dataset.json` counts without masks."""
    images, masks = (sum(where.startswith(f"{folder}/") for where in others) for folder in FOR_TESTS)
    if images and masks:
        yield (
            f"Left out: {images} files of imagesTs/ and {masks} of labelsTs/. To measure on them, put them into a "
            "folder of their own, as images/ and labels/ with the same names, and prepare that with --split test."
        )
    elif images:
        yield f"Left out: {images} files of imagesTs/, which have no masks."


def _listed(folder: Path, about: Description) -> list[tuple[Path, Path]]:
    if about.training is None:
        raise UserError(
            f"{folder / DESCRIPTION} has no list 'training', and imagesTr/ no file whose name ends with {CHANNEL}: it "
            "is neither the Decathlon's nor nnU-Net's."
        )
    return [(_within(folder, row.image), _within(folder, row.label)) for row in about.training]


def _within(folder: Path, name: str) -> Path:
    path = folder / name
    if not path.resolve().is_relative_to(folder.resolve()):
        raise UserError(f"{folder / DESCRIPTION} names {name}, which is not in its folder.")
    return path


def _raw(folder: Path, about: Description) -> list[tuple[Path, Path]]:
    ending = about.file_ending
    if ending not in NIFTIS:
        raise UserError(f"{folder} holds {ending} files: of nnU-Net's data sets those with NIFTI can be read.")
    images = [path for path in (folder / "imagesTr").glob(f"*{ending}") if not path.name.startswith(".")]
    others = [path for path in images if not stem_of(path.name).endswith(CHANNEL)]
    if others:
        raise UserError(f"{others[0]} is another channel than {CHANNEL}: the network sees one.")
    cases = {path: stem_of(path.name).removesuffix(CHANNEL) for path in images}
    return [(path, folder / "labelsTr" / f"{case}{ending}") for path, case in cases.items()]
