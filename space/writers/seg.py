"""A mask -> DICOM SEG, which belongs to the images that it was found on.

Of these images only identifiers and what is technical is taken over; everything about the patient is left empty.

References
----------
DICOM PS3.3: A.51 and C.8.20 (segmentation).
"""

import io
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import pydicom
from pydicom.dataset import Dataset

from space.anatomy import SIDES, coded
from space.case import Case, Instance, Layout
from space.errors import UserError
from space.modality import SCALES
from space.readers.archive import inflates_too_far, unpacked
from space.readers.guard import encode_seg

NO_DICOM = (
    "A DICOM SEG belongs to DICOM images, and this case came as something else: please take the NIfTI or the PNG."
)
STRIPPED = (
    "These DICOM files were stripped of their identifiers, and a DICOM SEG cannot refer to them: please take the NIfTI."
)
NO_PLACES = "These DICOM files do not say where their slices lie, and a DICOM SEG needs that: please take the PNG."
GONE = "The series' files are not the ones that were read: please give them again."
SPLIT = (
    "The slices lie in several files of several frames, and a DICOM SEG cannot refer to that: please take the NIfTI."
)
UNFIT = (
    "A DICOM SEG cannot refer to this series, as the headers of its files are damaged or unusual: please take the "
    "NIfTI or the PNG."
)
PRODUCT = "Find the {}, a teaching demo"
UIDS = ("SOPClassUID", "SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID", "FrameOfReferenceUID")
TECHNICAL = (
    *("Rows", "Columns", "NumberOfFrames", "ImageOrientationPatient", "ImagePositionPatient", "PixelSpacing"),
    *("SliceThickness", "SpacingBetweenSlices"),
)
GROUPS = {
    "PlaneOrientationSequence": ("ImageOrientationPatient",),
    "PlanePositionSequence": ("ImagePositionPatient",),
    "PixelMeasuresSequence": ("PixelSpacing", "SliceThickness", "SpacingBetweenSlices"),
}
FRAMES = ("SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence")
PATIENT = (
    *("PatientName", "PatientID", "PatientBirthDate", "PatientSex", "StudyDate", "StudyTime", "StudyID"),
    *("AccessionNumber", "ReferringPhysicianName"),
)
LONG = 64  # bytes of a DICOM text


def dicom_seg(mask: np.ndarray, case: Case, paths: Sequence[Path], target: str, model: str, version: str) -> bytes:
    """Return a mask as a DICOM SEG file.

    Parameters
    ----------
    mask : bool [n, h, w], on the case's grid.
    paths : the files that the case was read from.
    target : the organ's name.
    model, version : what found it.

    Raises
    ------
    UserError
        if the case is no DICOM series that can be referred to.
    """
    layout = case.layout
    if layout is None or not layout.instances:
        raise UserError(NO_DICOM)
    named = {(instance.uid, instance.frame) for instance in layout.instances}
    if len(named) < len(layout.instances) or any(not uid for uid, _ in named):
        raise UserError(STRIPPED)
    if case.spacing is None or any(instance.position is None for instance in layout.instances):
        raise UserError(NO_PLACES)
    return encode_seg(mask, layout, paths, target, model, version)


def encoded(mask: np.ndarray, layout: Layout, paths: Iterable[Path], target: str, model: str, version: str) -> bytes:
    """Return the file; for the guarded process, as it reads the headers of the series once more.

    Parameters
    ----------
    mask : bool [n, h, w], as the screen has it.

    Raises
    ------
    UserError
        if the series cannot be referred to.
    """
    try:
        return _encoded(mask, layout, paths, target, model, version)
    except (UserError, MemoryError):
        raise
    except Exception as error:  # whatever a damaged header provokes in the libraries
        raise UserError(UNFIT) from error


def _encoded(mask: np.ndarray, layout: Layout, paths: Iterable[Path], target: str, model: str, version: str) -> bytes:
    backwards = 0 in layout.flips
    instances = layout.instances[::-1] if backwards else layout.instances
    stored = layout.to_source(mask).transpose(2, 1, 0).astype(np.uint8)
    sources = _sources(instances, paths, float(np.linalg.norm(np.array(layout.affine)[:3, 2])))
    if len(sources) == 1 and (count := int(sources[0].get("NumberOfFrames") or 1)) > 1:
        every = np.zeros((count, *stored.shape[1:]), np.uint8)
        every[[instance.frame - 1 for instance in instances]] = stored
        stored = every
    file = io.BytesIO()
    pydicom.dcmwrite(file, _segmentation(sources, stored, target, model, version), enforce_file_format=True)
    return file.getvalue()


def _segmentation(sources: list[Dataset], stored: np.ndarray, target: str, model: str, version: str) -> Dataset:
    import highdicom  # 0.4 s, and needed nowhere else
    from pydicom.sr.codedict import codes

    concept = highdicom.sr.CodedConcept
    code, side = coded(target)
    kind = concept(code, "SCT", target.capitalize()) if code else concept("113343008", "SCT", "Organ")
    if side:
        name = next(name for name, value in SIDES.items() if value == side)
        kind.SegmentedPropertyTypeModifierCodeSequence = [concept(side, "SCT", name.capitalize())]
    segment = highdicom.seg.SegmentDescription(
        segment_number=1,
        segment_label=_short(target.capitalize()),
        segmented_property_category=concept("91723000", "SCT", "Anatomical Structure"),
        segmented_property_type=kind,
        algorithm_type=highdicom.seg.SegmentAlgorithmTypeValues.AUTOMATIC,
        algorithm_identification=highdicom.AlgorithmIdentificationSequence(
            _short(model), codes.DCM.ArtificialIntelligence, _short(version)
        ),
    )
    return highdicom.seg.Segmentation(
        sources,
        stored,
        highdicom.seg.SegmentationTypeValues.BINARY,
        [segment],
        series_instance_uid=highdicom.UID(),
        series_number=900,
        sop_instance_uid=highdicom.UID(),
        instance_number=1,
        manufacturer=_short(PRODUCT.format(target)),
        manufacturer_model_name=_short(model),
        software_versions=_short(version),
        device_serial_number="0",
        omit_empty_frames=False,
        series_description="Teaching demo, not for diagnosis",
        content_description="Found by a network; not for diagnosis",
        specific_character_set="ISO_IR 192",
    )


def _short(text: str) -> str:
    return text.encode()[:LONG].decode(errors="ignore").replace("\\", "/").strip() or "unknown"


def _sources(instances: Sequence[Instance], paths: Iterable[Path], step: float) -> list[Dataset]:
    """Return what is technical of the images, in order."""
    wanted = {instance.uid for instance in instances}
    tags = [*UIDS, "Modality", *TECHNICAL, *FRAMES]
    found: dict[str, Dataset] = {}
    for content in unpacked(paths):
        marked = content.data[128:132] == b"DICM"
        if inflates_too_far(content.data):
            continue
        try:
            dataset = pydicom.dcmread(
                io.BytesIO(content.data), force=not marked, specific_tags=tags, stop_before_pixels=True
            )
            uid = str(dataset.get("SOPInstanceUID") or "")
        except Exception:  # whatever a damaged header provokes in the parser
            continue  # it was left out before
        if uid in wanted and uid not in found:
            found[uid] = _technical(dataset, step)
    if wanted - set(found):
        raise UserError(GONE)
    order = list(dict.fromkeys(instance.uid for instance in instances))
    if any(not found[uid].get(keyword) for uid in order for keyword in UIDS):
        raise UserError(STRIPPED)
    if len(order) > 1 and any(int(found[uid].get("NumberOfFrames") or 1) > 1 for uid in order):
        raise UserError(SPLIT)
    return [found[uid] for uid in order]


def _technical(dataset: Dataset, step: float) -> Dataset:
    clean = _some(dataset, (*UIDS, *TECHNICAL))
    of_class = next((name for name, scale in SCALES.items() if dataset.SOPClassUID in scale.classes), "OT")
    clean.Modality = str(dataset.get("Modality") or of_class)
    for keyword in PATIENT:
        setattr(clean, keyword, "")
    for keyword in FRAMES:
        if keyword in dataset:
            setattr(clean, keyword, [_group(item, step) for item in dataset[keyword].value])
    if "PixelSpacing" in clean and not clean.get("SliceThickness"):
        clean.SliceThickness = f"{step:.6g}"
    return clean


def _group(item: Dataset, step: float) -> Dataset:
    clean = Dataset()
    for sequence, keywords in GROUPS.items():
        if items := item.get(sequence):
            inner = _some(items[0], keywords)
            if sequence == "PixelMeasuresSequence" and not inner.get("SliceThickness"):
                inner.SliceThickness = f"{step:.6g}"
            setattr(clean, sequence, [inner])
    return clean


def _some(dataset: Dataset, keywords: Iterable[str]) -> Dataset:
    clean = Dataset()
    for keyword in keywords:
        if keyword in dataset and dataset[keyword].value not in (None, ""):
            setattr(clean, keyword, dataset[keyword].value)
    return clean
