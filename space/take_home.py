"""What is taken home of a whole case: the predicted mask on the grid of the person's own files, or the figures."""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from space.anatomy import file_word
from space.model.contract import Contract
from space.opened import Opened
from space.turning import turn_back
from space.whole import figures
from space.writers.figures import Origin, figures_csv, figures_json
from space.writers.nifti import nifti_mask
from space.writers.png import png_mask
from space.writers.seg import dicom_seg

Kind = Literal["png", "nifti", "seg", "csv", "json"]


def take_home(
    opened: Opened, paths: Sequence[Path], level: int, threshold: float, kind: Kind, contract: Contract
) -> tuple[str, bytes]:
    """Return a file's name and its bytes; the network runs on the slices that it has not seen.

    Parameters
    ----------
    paths : the files of the case.
    level, threshold : the level of the probability map, and the threshold that it stands for.
    kind : 'png' (a zip of them for several slices), 'nifti', 'seg' (DICOM SEG), 'csv' or 'json'.

    Raises
    ------
    UserError
        if the case does not have what such a file needs.
    """
    case = opened.seen.as_read
    name = f"{case.name}-{file_word(contract.target)}"
    if kind == "csv" or kind == "json":
        write = figures_csv if kind == "csv" else figures_json
        data = write(*figures(opened, level), Origin(contract.name, contract.version, contract.target, threshold))
        return f"{name}-figures.{kind}", data
    mask = turn_back(opened.prediction(level), opened.seen.turned)
    if kind == "nifti":
        return f"{name}-predicted-mask.nii.gz", nifti_mask(mask, case)
    if kind == "seg":
        data = dicom_seg(mask, case, paths, contract.target, contract.name, contract.version)
        return f"{name}-predicted-mask.dcm", data
    return f"{name}-predicted-mask{'.png' if len(mask) == 1 else 's.zip'}", png_mask(mask, case)
