import pytest
from pydicom.sr.codedict import codes

from space.anatomy import CODES, SIDES, coded, words_of

STEMS = {
    "spleen": "splen",
    "prostate": "prostat",
    "aorta": "aort",
    "pancreas": "pancrea",
    "pancreatic duct": "pancreatic duct",
    "small bowel": "small intestine",
    "adrenal gland": "adrenal",
}


@pytest.fixture(scope="module")
def known():
    """SNOMED CT as pydicom took it from the standard: meanings by code."""
    found = (getattr(codes.SCT, name, None) for name in codes.SCT.dir())
    return {code.value: code.meaning.lower() for code in found if code}


@pytest.mark.parametrize("name", [*CODES, *SIDES])
def test_a_code_means_in_the_standard_what_its_name_says(name, known):
    assert STEMS.get(name, name) in known[(CODES | SIDES)[name]]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Pancreas", ("pancreas",)),
        ("Kidney_LEFT (Dr. Smith)", ("kidney", "left")),
        ("kidneyRight", ("kidney", "right")),
        ("Zyxwvut^Qrst 19470312", ()),
        ("liver tumour 2 of Mrs Liverpool", ("liver", "tumor")),
        ("", ()),
    ],
)
def test_of_a_name_only_the_words_about_anatomy_are_left(text, words):
    assert words_of(text) == words


def test_the_organ_that_a_model_is_for_is_a_word_about_anatomy():
    assert words_of("Hippocampus of Zyxwvut") == ()
    assert words_of("Hippocampus of Zyxwvut", "hippocampus") == ("hippocampus",)


def test_a_structure_and_its_side_have_codes():
    assert coded("Pancreas") == ("15776009", None)
    assert coded("left kidney") == ("64033007", "7771000")
    assert coded("hippocampus") == (None, None)
