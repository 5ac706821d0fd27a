import gzip
import io
import zipfile

import numpy as np
import pytest

from space.errors import UserError
from space.readers import archive
from tests.volumes import abdomen, dicom_bytes, nifti, read, slices, write

HU = abdomen()
FILES = [dicom_bytes(dataset) for dataset in slices(HU)]


def zipped(path, members, **settings):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, **settings) as packed:
        for name, data in members.items():
            packed.writestr(name, data)
    return path


def test_a_zip_of_a_series_is_read_whatever_else_lies_in_it(tmp_path):
    members = {f"x/{number:02d}": data for number, data in enumerate(FILES[::-1])}
    aside = {
        "DICOMDIR": b"x",
        "__MACOSX/x/._00": b"x",
        "x/._00": b"x",
        "../../out.dcm": FILES[0],
        "read.txt": b"x" * 500,
    }
    case = read([zipped(tmp_path / "a.zip", members | aside)])
    assert np.array_equal(case.hu, HU)
    assert "1 images lie where another one lies" in " ".join(case.notes)
    assert "One file is no CT" in " ".join(case.notes)
    assert not (tmp_path.parent.parent / "out.dcm").exists()


def test_files_that_came_one_by_one_are_one_series(tmp_path):
    assert np.array_equal(read(write(tmp_path, FILES)).hu, HU)


def test_a_packed_nifti_in_a_zip_is_read(tmp_path):
    data = gzip.compress(nifti(HU).to_bytes())
    assert np.array_equal(read([zipped(tmp_path / "a.zip", {"a.nii.gz": data})]).hu, HU)


def test_several_volumes_are_not_mixed(tmp_path):
    data = nifti(HU).to_bytes()
    with pytest.raises(UserError, match="several volumes"):
        read([zipped(tmp_path / "a.zip", {"a.nii": data, "b.nii": data})])


@pytest.mark.parametrize("kind", ["zip", "gzip", "many", "deflated"])
def test_what_unpacks_to_more_than_can_be_read_is_refused(tmp_path, kind, monkeypatch):
    monkeypatch.setattr(archive, "MAX_BYTES", 1 << 20)
    monkeypatch.setattr(archive, "MAX_FILES", 50)
    path = tmp_path / "bomb"
    if kind == "zip":
        zipped(path, {"a": bytes(2 << 20)})
    elif kind == "gzip":
        path.write_bytes(gzip.compress(bytes(2 << 20)))
    elif kind == "many":
        zipped(path, {str(number): b"x" for number in range(60)})
    else:
        zipped(path, {str(number): bytes(200_000) for number in range(6)})
    with pytest.raises(UserError, match=r"too large|too many"):
        read([path])


def test_a_zip_that_lies_about_its_size_gives_no_more_than_it_said(tmp_path):
    path = zipped(tmp_path / "a.zip", {"a": bytes(1 << 20)})
    data = path.read_bytes()
    assert data.count((1 << 20).to_bytes(4, "little")) == 2
    path.write_bytes(data.replace((1 << 20).to_bytes(4, "little"), (1 << 10).to_bytes(4, "little")))
    with pytest.raises(UserError, match="damaged or cut off"):
        read([path])


@pytest.mark.parametrize("packing", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_damaged_archive_is_refused_however_it_is_packed(tmp_path, packing):
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", packing) as packed:
        packed.writestr("a", FILES[0])
    start = whole.getvalue().index(b"PK\1\2") // 2
    for at in range(start, start + 6):
        data = bytearray(whole.getvalue())
        data[at : at + 40] = bytes(byte ^ 255 for byte in data[at : at + 40])
        (tmp_path / "a.zip").write_bytes(data)
        with pytest.raises(UserError, match="zip archive is damaged"):
            read([tmp_path / "a.zip"])


def test_a_member_without_a_name_is_refused(tmp_path):
    data = zipped(tmp_path / "a.zip", {"a": FILES[0]}).read_bytes()
    at = data.index(b"PK\1\2")
    (tmp_path / "a.zip").write_bytes(data[: at + 28] + bytes(2) + data[at + 30 : at + 46] + data[at + 47 :])
    with pytest.raises(UserError, match="zip archive is damaged"):
        read([tmp_path / "a.zip"])


def test_an_archive_cut_off_or_locked_is_refused(tmp_path):
    whole = zipped(tmp_path / "a.zip", {"a": FILES[0]}).read_bytes()
    (tmp_path / "cut.zip").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(UserError, match="damaged or cut off"):
        read([tmp_path / "cut.zip"])
    (tmp_path / "cut.gz").write_bytes(gzip.compress(FILES[0])[:-20])
    with pytest.raises(UserError, match="gzip file is damaged"):
        read([tmp_path / "cut.gz"])
    locked = io.BytesIO(whole).getvalue()
    start = locked.index(b"PK\1\2") + 8
    (tmp_path / "locked.zip").write_bytes(locked[:start] + b"\1" + locked[start + 1 :])
    with pytest.raises(UserError, match="password"):
        read([tmp_path / "locked.zip"])
