"""What structures are called and where they lie: codes in DICOM, words of a name that are about anatomy, hints.

References
----------
SNOMED CT as DICOM uses it (PS3.16, annex L and CID 7166). The older SRT codes of the same structures are known to
pydicom.
"""

import re
from typing import NamedTuple

SIDES = {"left": "7771000", "right": "24028007"}
"""SNOMED CT codes that modify that of a paired organ."""

CODES = {
    "pancreas": "15776009",
    "liver": "10200004",
    "spleen": "78961009",
    "kidney": "64033007",
    "gallbladder": "28231008",
    "stomach": "69695003",
    "duodenum": "38848004",
    "esophagus": "32849002",
    "colon": "71854001",
    "small bowel": "30315005",
    "rectum": "34402009",
    "urinary bladder": "89837001",
    "adrenal gland": "23451007",
    "aorta": "15825003",
    "inferior vena cava": "64131007",
    "portal vein": "32764006",
    "splenic vein": "35819009",
    "pancreatic duct": "69930009",
    "lung": "39607008",
    "heart": "80891009",
    "prostate": "41216001",
    "tumor": "108369006",
    "mass": "4147007",
    "lesion": "52988006",
}
"""SNOMED CT codes of structures."""

_MORE = (
    "abdomen abscess artery bone bowel celiac cyst duct fat fluid gland head hip inferior intestine large lobe lower "
    "mesenteric metastasis middle muscle neck nodule ovary pancreatic portal psoas rib sacrum skin small splenic "
    "superior tail trunk upper uterus vein vena cava vertebra vessel"
)
SAME = {
    "tumour": "tumor",
    "oesophagus": "esophagus",
    "kidneys": "kidney",
    "lungs": "lung",
    "adrenals": "adrenal",
    "lt": "left",
    "rt": "right",
    "l": "left",
    "r": "right",
    "gall": "gallbladder",
}
"""Words that mean another one."""
KNOWN = {word for name in (*CODES, *SIDES, _MORE) for word in name.split()}
"""Words that are about anatomy."""


PLACES = {
    "pancreas": "The pancreas lies in front of the spine, between duodenum and spleen",
    "liver": "The liver lies under the ribs, at the image's left",
    "spleen": "The spleen lies behind the stomach under the ribs, at the image's right",
    "kidney": "The kidneys lie beside the spine, one at each side",
    "left kidney": "The left kidney lies beside the spine, at the image's right",
    "right kidney": "The right kidney lies beside the spine, at the image's left",
    "gallbladder": "The gallbladder lies at the lower surface of the liver, at the image's left",
    "stomach": "The stomach lies in front of the spleen, at the image's right",
    "duodenum": "The duodenum curves around the head of the pancreas, at the image's left of the spine",
    "urinary bladder": "The urinary bladder lies in the middle of the pelvis, towards the front",
    "prostate": "The prostate lies in the middle of the pelvis, below the urinary bladder",
    "heart": "The heart lies between the lungs, mostly at the image's right",
}
"""Where an axial slice shows them, in the usual orientation."""


def place_of(name: str) -> str:
    """Return a sentence on where a structure lies, without its full stop; empty if it is not known here."""
    words = set(words_of(name, name))
    return next((place for known, place in PLACES.items() if set(known.split()) == words), "")


def file_word(name: str) -> str:
    """Return a structure's name for the name of a file: 'left-kidney'."""
    return re.sub(r"[\W_]+", "-", name.lower()).strip("-")[:40] or "organ"


class Coded(NamedTuple):
    """A structure in SNOMED CT.

    Attributes
    ----------
    code : None if it has none here.
    side : the code of its side, if its name says one.
    """

    code: str | None
    side: str | None


def coded(name: str) -> Coded:
    """Return the codes of a structure: 'left kidney', 'Pancreas'."""
    words = words_of(name, name)
    sides = [SIDES[word] for word in words if word in SIDES]
    organ = " ".join(word for word in words if word not in SIDES)
    return Coded(CODES.get(organ), sides[0] if len(sides) == 1 else None)


def words_of(text: str, target: str = "") -> tuple[str, ...]:
    """Return the words of a name that are about anatomy: whatever else it holds may be about the patient.

    'Kidney_LEFT (Dr. Smith)' gives 'kidney', 'left'.

    Parameters
    ----------
    target : a structure whose words are known, too.
    """
    known = KNOWN.union(_words(target))
    return tuple(dict.fromkeys(word for word in _words(text) if word in known))


def _words(text: str) -> list[str]:
    apart = re.sub(r"([a-z])([A-Z])", r"\1 \2", text).lower()
    return [SAME.get(word, word) for word in re.findall(r"[^\W\d_]+", apart)]
