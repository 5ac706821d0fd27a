"""The bundled model as if it had been made for another organ, or for MR: only its words are other ones."""

import json
import re
import shutil
from pathlib import Path
from typing import Any

import nibabel
import numpy as np

from space.model.bundle import BUNDLED, Bundle, open_bundle
from tests.bundles import change_contract, rehash
from trainer.phantom.drawing import make_phantom, traced

FOREIGN = {"CT": r"pancrea", "MR": r"pancrea|\bCT\b|\bHU\b|Hounsfield"}
"""What must not be read on the page of a network that finds the liver, by what it sees."""
CREDIT = re.compile(r"of Pancreas-CT, from the Imaging Data Commons")
"""The name of the collection of real CT, which is shown to every network that sees CT."""


def foreign_words(text: str, modality: str) -> list[str]:
    """Return the lines of a text that speak of another organ, or of another modality."""
    lines = CREDIT.sub("", text).splitlines()
    return [line for line in lines if re.search(FOREIGN[modality], line, re.IGNORECASE if modality == "CT" else 0)]


def other_bundle(folder: Path, modality: str = "CT", target: str = "liver") -> Bundle:
    """Write a bundle for another organ; one for MR has no examples."""
    shutil.copytree(BUNDLED, folder)

    def change(contract: dict[str, Any]) -> None:
        contract |= {"name": f"{target}-unet", "target": target, "modality": modality}
        contract["limits"] = ["Trained on the one collection named below."]
        contract["data"] |= {"source": "made-here", "citation": "Made for a test.", "sha256": {}}
        for name in [name for name in contract["sha256"] if name.startswith("samples/")]:
            del contract["sha256"][name]

    change_contract(folder, change)
    shutil.rmtree(folder / "samples")
    if modality == "MR":
        metrics = json.loads((folder / "metrics.json").read_text("utf-8"))
        for change_of in metrics["robustness"]["changes"]:
            change_of["unit"] = change_of["unit"].replace("HU", "grey values")
        (folder / "metrics.json").write_text(json.dumps(metrics), "utf-8")
        rehash(folder, "metrics.json")
    return open_bundle(folder, "from a folder")


def like_mr(hu: np.ndarray) -> np.ndarray:
    """Return the HU of a phantom as grey values from 0 to about 1200: fat bright, water and bone dark."""
    known = (-1000, -850, -150, -100, 0, 60, 120, 300, 520)
    grey = np.interp(hu, known, (0, 0, 600, 1150, 250, 400, 620, 500, 60))
    return np.asarray(grey, np.int16)


def write_like_mr(folder: Path, subjects: int, *, slices: int = 6, size: int = 128) -> Path:
    """Write a source that looks like MR, as NIfTI, with the liver traced; return its folder."""
    for seed in range(700, 700 + subjects):
        phantom = make_phantom(seed, slices=slices, size=size)
        assert phantom.spacing
        between, down, across = phantom.spacing
        parts = {"images": like_mr(phantom.hu), "masks": traced(phantom, "liver").astype(np.uint8)}
        for part, values in parts.items():
            (folder / part).mkdir(parents=True, exist_ok=True)
            image = nibabel.Nifti1Image(values.transpose(2, 1, 0), np.diag([-across, -down, between, 1.0]))
            nibabel.save(image, folder / part / f"person{seed}.nii.gz")
    return folder
