"""Every file in pydicom's wheel: a CT with the HU that pydicom itself reads, or a sentence that says what is wrong."""

from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom import data
from pydicom.pixels import apply_modality_lut

from space.errors import UserError
from tests.volumes import read

FOLDER = Path(data.__file__).parent / "test_files"
FILES = sorted(path for path in FOLDER.rglob("*") if path.is_file())
CT = ("693_J2KI.dcm", "CT_small.dcm", "J2K_pixelrep_mismatch.dcm")


@pytest.mark.parametrize("name", CT)
def test_a_ct_has_the_hu_and_the_pixel_size_that_pydicom_reads(name):
    dataset = pydicom.dcmread(FOLDER / name)
    case = read([FOLDER / name])
    hu = apply_modality_lut(dataset.pixel_array, dataset)
    padding = dataset.get("PixelPaddingValue")
    shown = np.ones(hu.shape, bool) if padding is None else dataset.pixel_array != padding
    assert np.array_equal(case.hu[0][shown], np.maximum(hu, -1024)[shown])
    assert case.spacing is not None
    assert case.spacing[1:] == pytest.approx([float(mm) for mm in dataset.PixelSpacing], rel=1e-4)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("path", [path for path in FILES if path.name not in CT], ids=lambda path: path.name)
def test_what_is_no_axial_ct_is_a_sentence_without_the_name_of_the_file(path):
    with pytest.raises(UserError) as refusal:
        read([path])
    said = str(refusal.value)
    assert said.endswith(".")
    assert path.name not in said
