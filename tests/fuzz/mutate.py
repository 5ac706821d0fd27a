"""Changed bytes: what a bad disk, a bad program or a bad person makes of a good file. One seed gives the same bytes.

`mutant` is all that most need. Where the format is known (`tests.fuzz.formats`), a header's fields are hit more often
than chance would, and what a checksum or a compression guards is changed behind it.
"""

import re
from collections.abc import Callable, Sequence
from random import Random

from tests.fuzz.formats import fields, repacked

Change = Callable[[Random, bytes, Sequence[bytes]], bytes]
SIZES = (1, 2, 4, 8)
LONGEST = 4096  # bytes that one change inserts or repeats
NUMBERS = (
    b"0",
    b"-1",
    b"1",
    b"65535",
    b"65536",
    b"2147483648",
    b"4294967295",
    b"1e308",
    b"-1e999",
    b"nan",
    b"",
    b"9" * 40,
)


def mutant(rng: Random, seeds: Sequence[bytes]) -> bytes:
    """Return a changed seed; mostly by one or two changes, so that it gets deep before it fails.

    Parameters
    ----------
    seeds : good files of one kind; parts of another one may come in.
    """
    data = rng.choice(seeds)
    for _ in range(rng.choice((1, 1, 1, 2, 2, 3, 8))):
        data = _changed(rng, data, seeds)
    return data


def _changed(rng: Random, data: bytes, seeds: Sequence[bytes]) -> bytes:
    if rng.random() < 0.3:
        return repacked(rng, data, lambda inner: _changed(rng, inner, (inner,)))
    if rng.random() < 0.3 and (known := fields(data)):
        return field(rng, data, *rng.choice(known))
    return rng.choice(CHANGES)(rng, data, seeds)


def extreme(rng: Random, size: int) -> bytes:
    """Return a number that counts and lengths should not be: 0, the ends of its range, a power of two, one beside."""
    top = 1 << 8 * size
    value = rng.choice((0, 1, top - 1, top // 2, top // 2 - 1, 1 << rng.randrange(8 * size), rng.randrange(top)))
    return ((value + rng.choice((0, 0, 1, -1))) % top).to_bytes(size, rng.choice(("little", "big")))


def field(rng: Random, data: bytes, at: int, size: int) -> bytes:
    """Give a field of a header another value of the same size."""
    if size in SIZES:
        new = extreme(rng, size)
    elif rng.random() < 0.5:
        new = rng.choice(NUMBERS).ljust(size, b" ")[:size]
    else:
        new = rng.randbytes(size)
    return data[:at] + new + data[at + size :]


def flip(rng: Random, data: bytes, _: Sequence[bytes]) -> bytes:
    """Flip a few bits."""
    out = bytearray(data)
    for _count in range(rng.choice((1, 1, 2, 8)) if out else 0):
        out[rng.randrange(len(out))] ^= 1 << rng.randrange(8)
    return bytes(out)


def number(rng: Random, data: bytes, _: Sequence[bytes]) -> bytes:
    """Put an extreme number anywhere."""
    size = rng.choice(SIZES)
    return field(rng, data, rng.randrange(max(1, len(data) - size)), size)


def text_number(rng: Random, data: bytes, _: Sequence[bytes]) -> bytes:
    """Replace a number that is written in digits."""
    found = list(re.finditer(rb"-?\d+(\.\d+)?", data[:LONGEST]))
    if not found:
        return data
    one, new = rng.choice(found), rng.choice(NUMBERS)
    keep = rng.random() < 0.5  # its length: else what follows moves
    return data[: one.start()] + (new.ljust(len(one[0]))[: len(one[0])] if keep else new) + data[one.end() :]


def end(rng: Random, data: bytes, _: Sequence[bytes]) -> bytes:
    """Cut the end off."""
    return data[: rng.choice((rng.randrange(len(data) + 1), max(0, len(data) - rng.randrange(1, 64))))]


def cut(rng: Random, data: bytes, _: Sequence[bytes]) -> bytes:
    """Take a part out."""
    at, size = _span(rng, data)
    return data[:at] + data[at + size :]


def insert(rng: Random, data: bytes, _: Sequence[bytes]) -> bytes:
    """Put something in."""
    at, size = _span(rng, data)
    return data[:at] + rng.choice((rng.randbytes(size), bytes(size), b"\xff" * size)) + data[at:]


def blank(rng: Random, data: bytes, _: Sequence[bytes]) -> bytes:
    """Write over a part: zeros, as a disk gives them for what is lost, or ones."""
    at, size = _span(rng, data)
    return data[:at] + rng.choice((b"\0", b"\xff")) * size + data[at + size :]


def repeat(rng: Random, data: bytes, _: Sequence[bytes]) -> bytes:
    """Repeat a part."""
    at, size = _span(rng, data)
    return data[:at] + data[at : at + size] * rng.choice((2, 2, 3, 50)) + data[at + size :]


def swap(rng: Random, data: bytes, _: Sequence[bytes]) -> bytes:
    """Swap two parts of one size."""
    at, size = _span(rng, data)
    to = rng.randrange(max(1, len(data) - size))
    out = bytearray(data)
    out[at : at + size], out[to : to + size] = data[to : to + size], data[at : at + size]
    return bytes(out)


def splice(rng: Random, data: bytes, seeds: Sequence[bytes]) -> bytes:
    """Join the start of one file and the end of another."""
    other = rng.choice(seeds)
    at = rng.randrange(len(data) + 1)
    return data[:at] + other[rng.choice((at, rng.randrange(len(other) + 1))) :]


def _span(rng: Random, data: bytes) -> tuple[int, int]:
    at = rng.randrange(max(1, len(data)))
    return at, min(rng.choice((1, 2, 4, 16, rng.randrange(1, LONGEST))), len(data) - at)


CHANGES: tuple[Change, ...] = (flip, flip, number, number, text_number, end, cut, insert, blank, repeat, swap, splice)
