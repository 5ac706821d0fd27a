import pytest

from space.errors import UserError
from space.model.schema import Record, read_record


class Box(Record):
    width: int
    name: str = ""


def test_what_is_written_is_read_back(tmp_path):
    box = Box(width=3, name="Ämtli")
    box.write(tmp_path / "box.json")
    assert read_record(Box, tmp_path / "box.json") == box


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("{", "is no valid JSON"),
        ("{}", "lacks the entry 'width'"),
        ('{"width": "wide"}', "an entry 'width' that cannot be: Input should be a valid integer"),
        ("[]", "cannot be: Input should be an object"),
        ('{"width": 1e400}', "an entry 'width' that cannot be"),
    ],
)
def test_what_does_not_fit_is_named(tmp_path, text, sentence):
    path = tmp_path / "box.json"
    path.write_text(text)
    with pytest.raises(UserError, match=f"the box .*{sentence}"):
        read_record(Box, path, "the box")


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(UserError, match=r"box\.json is missing"):
        read_record(Box, tmp_path / "box.json")
