"""`slices.csv`, as people and spreadsheets write it -> its rows.

Spreadsheets save a table in UTF-16, with a mark in front, in the code page of their country, with semicolons or tabs
between the cells, with empty rows below, and with 7.0 for 7.
"""

import csv
import io
import re
from pathlib import Path

from space.errors import UserError

COLUMNS = ("subject", "slice", "image", "mask", "split")
SEPARATORS = ",;\t|"


def read_table(path: Path) -> list[tuple[int, dict[str, str]]]:
    """Return the line number and the cells of each row, by column.

    Raises
    ------
    UserError
        if a column or a cell is missing, or a slice has no number.
    """
    text = decoded(path)
    first, _, rest = text.partition("\n")
    if first.strip().lower().startswith("sep="):  # a spreadsheet's own hint
        text = rest
    header = text.lstrip().partition("\n")[0]
    separator = max(SEPARATORS, key=header.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    skipped = int(text is rest)
    lines = [
        (reader.line_num + skipped, [cell.strip() for cell in cells]) for cells in reader if any(map(str.strip, cells))
    ]
    if not lines:
        return []
    columns = [name.lower() for name in lines[0][1]]
    missing = set(COLUMNS) - set(columns)
    if missing:
        raise UserError(f"{path} lacks the column {', '.join(sorted(missing))}.")
    return [(line, _row(path, line, columns, cells)) for line, cells in lines[1:]]


def _row(path: Path, line: int, columns: list[str], cells: list[str]) -> dict[str, str]:
    found = dict(zip(columns, cells, strict=False))
    if any(not found.get(name) for name in COLUMNS) or any(cells[len(columns) :]):
        raise UserError(f"{path}, line {line}: cells are missing or too many, it needs one for each column.")
    if not re.fullmatch(r"\d+(\.0*)?", found["slice"]):
        raise UserError(f"{path}, line {line}: the slice is '{found['slice']}', not a number.")
    found["slice"] = found["slice"].partition(".")[0]
    for name in ("image", "mask"):
        found[name] = found[name].replace("\\", "/")
    return found


def decoded(path: Path) -> str:
    """Return a table's text, whatever encoding it was saved in."""
    data = path.read_bytes()
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings = ["utf-16"]
    elif b"\0" in data[:2]:
        encodings = ["utf-16-le" if data[1:2] == b"\0" else "utf-16-be"]
    else:
        encodings = ["utf-8-sig", "cp1252"]
    for encoding in encodings:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise UserError(f"{path} is not a text that can be read: please save it as CSV in UTF-8.")
