"""Files that a class may have: pictures, DICOM, volumes. Phantoms, and nothing of a patient."""

import io
import zipfile

from PIL import Image

from space.model.bundle import BUNDLED, open_bundle
from tests.volumes import abdomen, dicom_bytes, nifti, slices


def gallery() -> dict[str, bytes]:
    """Return files by their names."""
    hu = abdomen(7)
    files = {f"{sample.name}.png": sample.image.read_bytes() for sample in open_bundle(BUNDLED, "").samples}
    picture = io.BytesIO()
    Image.open(io.BytesIO(next(iter(files.values())))).save(picture, "JPEG", quality=95)
    series = [dicom_bytes(dataset) for dataset in slices(hu)]
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for number, data in enumerate(series):
            archive.writestr(f"{number}.dcm", data)
    return files | {
        "slice.jpg": picture.getvalue(),
        "slice.dcm": series[3],
        "volume.nii.gz": nifti(hu).to_bytes(),
        "series.zip": packed.getvalue(),
    }
