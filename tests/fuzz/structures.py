"""Changed structures: what a program or a person who means ill writes as JSON. One seed gives the same text."""

import copy
import json
from collections.abc import Iterator
from random import Random
from typing import Any

EVIL = "<x-evil onclick=alert(1)>"
"""Must not be found in a page as it is."""
TEXTS = (
    EVIL,
    f"</title></script></style>'\">{EVIL}",
    "javascript:alert(1)",
    "{{7*7}}${7*7}{value}%s",
    "",
    " ",
    "\u202e\u2066txt.exe",
    "\x00\x1b[31m\r\n",
    "../../../../etc/passwd",
    "..\\..\\secret",
    "C:\\secret",
    "CON",
    "/etc/passwd",
    "file:///etc/passwd",
    "a/../networks/x.onnx",
    "x" * 300,
    "x" * 5000,
    "\ud800",
    "\u0301" * 500,
    "nan",
    "1e400",
    "__proto__",
)
NUMBERS = (0, -1, 1, 2, 0.5, -0.0, 1e-320, 1e308, -1e308, 255, 256, 2**31, 2**53, 2**53 + 1, 2**63, 2**64, 10**30)
RAW = (
    "NaN",
    "-Infinity",
    "1e400",
    "-1e400",
    "1" + "0" * 400,
    "9" * 5000,
    "[" * 3000 + "]" * 3000,
    '{"a":' * 300 + "1" + "}" * 300,
    '{"a":1,"a":2}',
    "1.",
    "'x'",
    '"\\q"',
    '"\\ud800\\ud800"',
    "\ufeff1",
    "",
)
"""What `json.dumps` would not write."""
HUGE = f'"{"x" * 10_000_000}"'
Place = tuple[Any, Any]
"""A dictionary or a list, and a key or a number in it."""


def mutant(rng: Random, value: Any) -> str:
    """Return a changed structure as JSON, which need not be JSON any more."""
    whole = [copy.deepcopy(value)]
    raw: list[str] = []
    for _ in range(rng.choice((1, 1, 1, 1, 2, 3, 8))):
        holder, key = rng.choice(list(places(whole)))
        _change(rng, whole, holder, key, raw)
    text = json.dumps(whole[0])
    for number, token in enumerate(raw):
        text = text.replace(json.dumps(_mark(number)), token)
    return text


def places(value: Any) -> Iterator[Place]:
    """Yield every place in a structure; of a long list some."""
    if isinstance(value, dict):
        for key in value:
            yield value, key
            yield from places(value[key])
    elif isinstance(value, list):
        for number in {*range(min(3, len(value))), *range(len(value))[-2:]}:
            yield value, number
            yield from places(value[number])


def _change(rng: Random, whole: list[Any], holder: Any, key: Any, raw: list[str]) -> None:
    what = rng.choice(("text", "text", "number", "number", "raw", "kind", "other", "lost", "renamed", "added", "many"))
    if what == "text":
        holder[key] = rng.choice(TEXTS)
    elif what == "number":
        holder[key] = rng.choice(NUMBERS)
    elif what == "raw":
        raw.append(HUGE if rng.random() < 0.01 else rng.choice(RAW))
        holder[key] = _mark(len(raw) - 1)
    elif what == "kind":
        holder[key] = rng.choice((None, True, False, [], {}, [holder[key]], {"x": holder[key]}, str(holder[key])[:99]))
    elif what == "other":
        there, place = rng.choice(list(places(whole)))
        holder[key] = copy.deepcopy(there[place])
    elif holder is whole:
        whole[0] = rng.choice((None, [], [whole[0]], "", 0))
    elif what == "lost":
        del holder[key]
    elif isinstance(holder, list):
        holder.extend([copy.deepcopy(holder[key])] * (rng.choice((1, 100, 2000)) if what == "many" else 1))
    else:
        new = rng.choice(TEXTS)
        holder[new] = holder.pop(key) if what == "renamed" else copy.deepcopy(holder[key])


def _mark(number: int) -> str:
    return f"@raw {number}@"
