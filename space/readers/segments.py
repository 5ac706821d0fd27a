"""What the structures of a DICOM segmentation are called, in words that tell nothing about the patient.

A segment's label is free text, and may hold a name or a number of the patient's. So what is shown is a name for the
code of its type, where that is known here, and of free text only such words as are about anatomy.

References
----------
DICOM PS3.3, C.8.20.4 (segment description).
"""

from pydicom.dataset import Dataset
from pydicom.sr.coding import Code

from space.anatomy import CODES, SIDES, words_of


def names_of(segments: list[Dataset], target: str) -> dict[str, str]:
    """Return the name of each segment by its number; empty where nothing is known of it.

    Parameters
    ----------
    target : a structure whose words are about anatomy, too.
    """
    return {str(int(segment.SegmentNumber)): _name(segment, target) for segment in segments}


def _name(segment: Dataset, target: str) -> str:
    kinds = segment.get("SegmentedPropertyTypeCodeSequence") or []
    of_type = [word for kind in kinds[:1] for word in _coded_words(kind, CODES)]
    sides = [
        *(kinds[0].get("SegmentedPropertyTypeModifierCodeSequence") or [] if kinds else []),
        *(segment.get("SegmentedPropertyTypeModifierCodeSequence") or []),
    ]
    sided = [word for side in sides[:1] for word in _coded_words(side, SIDES)]
    said = words_of(str(segment.get("SegmentLabel") or ""), target)
    name = [*sided, *of_type]
    # a label may say more than the code: 'Pancreas tumor' under the code of the pancreas
    more = [word for word in said if word not in name]
    return " ".join([*name, f"({' '.join(more)})"] if name and more else name or more).capitalize()


def _coded_words(item: Dataset, table: dict[str, str]) -> list[str]:
    found = Code(str(item.get("CodeValue") or ""), str(item.get("CodingSchemeDesignator") or ""), "")
    return next((name.split() for name, value in table.items() if Code(value, "SCT", "") == found), [])
