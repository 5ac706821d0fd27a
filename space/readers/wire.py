"""What goes between the app and the process that decodes, as JSON."""

from dataclasses import asdict
from typing import Any

import numpy as np

from space.case import Case, Instance, Layout
from space.readers.overlay import Grid


def case_to_json(case: Case) -> dict[str, Any]:
    """Return all of a case but its voxels."""
    return {
        "name": case.name,
        "spacing": case.spacing,
        "affine": _listed(case.affine),
        "in_hu": case.in_hu,
        "reading": case.reading,
        "notes": case.notes,
        "layout": layout_to_json(case.layout),
    }


def case_from_json(said: dict[str, Any], hu: np.ndarray) -> Case:
    """Return a case with its voxels."""
    return Case(
        name=said["name"],
        hu=hu,
        spacing=tuple(said["spacing"]) if said["spacing"] else None,
        affine=_array(said["affine"]),
        in_hu=said["in_hu"],
        reading=said["reading"],
        notes=tuple(said["notes"]),
        layout=layout_from_json(said["layout"]) if said["layout"] else None,
    )


def grid_to_json(grid: Grid | None) -> dict[str, Any] | None:
    """Return where the voxels of a case lie."""
    if grid is None:
        return None
    return {"shape": grid.shape, "affine": _listed(grid.affine), "layout": layout_to_json(grid.layout)}


def grid_from_json(said: dict[str, Any] | None) -> Grid | None:
    """Return where the voxels of a case lie."""
    if said is None:
        return None
    depth, height, width = said["shape"]
    return Grid((depth, height, width), _array(said["affine"]), layout_from_json(said["layout"]))


def layout_to_json(layout: Layout | None) -> dict[str, Any] | None:
    """Return how the screen lies in the source."""
    return None if layout is None else asdict(layout) | {"affine": _listed(layout.affine)}


def layout_from_json(said: dict[str, Any]) -> Layout:
    """Return how the screen lies in the source."""
    z, y, x = said["axes"]
    return Layout(
        (z, y, x),
        tuple(said["flips"]),
        _array(said["affine"]),
        tuple(said["codes"]) if said["codes"] else None,
        tuple(Instance(uid, frame, number, place and tuple(place)) for uid, frame, number, place in said["instances"]),
        said["frame_of_reference"],
    )


def _listed(array: np.ndarray | None) -> Any:
    return None if array is None else array.tolist()


def _array(said: Any) -> np.ndarray | None:
    return None if said is None else np.array(said, float)
