import csv
import io
import json
import math
from typing import Any

import numpy as np

from space.writers.figures import NOTE, Origin, figures_csv, figures_json

ORIGIN = Origin("=Modell für Ärzte", "1.4.0", "liver", 0.5)
ROWS: list[dict[str, Any]] = [
    {"slice": 1, "predicted_mm2": 12.5, "dice": math.nan, "place_mm": np.float32(2.5)},
    {"slice": 2, "predicted_mm2": 0.0, "dice": 0.5, "place_mm": None},
]
TOTALS = {"predicted_ml": np.float64(1.25), "dice": 0.5, "surface_distance_mm": math.inf}


def test_the_table_has_a_line_for_each_slice_and_one_for_all():
    data = figures_csv(ROWS, TOTALS, ORIGIN)
    table = list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"))))
    assert [line["slice"] for line in table] == ["1", "2", "all"]
    assert [line["dice"] for line in table] == ["", "0.5", "0.5"]
    assert [line["predicted_ml"] for line in table] == ["", "", "1.25"]
    assert {(line["threshold"], line["note"]) for line in table} == {("0.5", NOTE)}


def test_a_spreadsheet_shows_the_table_as_it_is():
    data = figures_csv(ROWS, TOTALS, ORIGIN)
    assert data.startswith(b"\xef\xbb\xbf")
    lines = list(csv.reader(io.StringIO(data.decode("utf-8-sig"))))
    assert len({len(line) for line in lines}) == 1
    assert not [cell for line in lines for cell in line if cell.startswith("=")]
    assert "für Ärzte" in lines[1][lines[0].index("model")]


def test_json_says_the_same_and_null_for_what_is_undefined():
    found = json.loads(figures_json(ROWS, TOTALS, ORIGIN))
    about = ("model", "version", "target", "threshold", "note")
    assert tuple(found[name] for name in about) == (*ORIGIN, NOTE)
    assert found["slices"][0] == {"slice": 1, "predicted_mm2": 12.5, "dice": None, "place_mm": 2.5}
    assert found["all"] == {"predicted_ml": 1.25, "dice": 0.5, "surface_distance_mm": None}
