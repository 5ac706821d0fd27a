"""The distinct values of a mask's picture: what a person would point at, by number, colour or transparency."""

from dataclasses import dataclass

import numpy as np

from space.errors import UserError
from space.readers.raster import Raster

TRANSPARENT = "transparent"
MANY_COLOURS = 1 << 25  # three times 8 bits, and 0
MANY_VALUES = 16  # for each pixel
IN_ALPHA = "The organ was found in the picture's transparency."
BY_INDEX = "The palette gives several numbers one colour; the numbers were read."
NAMES = {
    "black": (0, 0, 0),
    "white": (255, 255, 255),
    "grey": (128, 128, 128),
    "red": (255, 0, 0),
    "dark red": (128, 0, 0),
    "green": (0, 255, 0),
    "dark green": (0, 128, 0),
    "blue": (0, 0, 255),
    "dark blue": (0, 0, 128),
    "yellow": (255, 255, 0),
    "olive": (128, 128, 0),
    "cyan": (0, 255, 255),
    "teal": (0, 128, 128),
    "magenta": (255, 0, 255),
    "purple": (128, 0, 128),
    "orange": (255, 165, 0),
    "pink": (255, 192, 203),
    "brown": (165, 42, 42),
}


@dataclass(frozen=True)
class Classes:
    """A mask's picture, sorted into its distinct values.

    Attributes
    ----------
    numbers : int [h, w], which of `values` a pixel has.
    values : what each is called as an answer: '255', '#ff0000' or `TRANSPARENT`.
    black : which of them is black, or what it would be called.
    grey : [h, w], the values themselves where they are numbers.
    indices : the place in the palette of each, if there is one.
    notes : how the file was understood.
    """

    numbers: np.ndarray
    values: tuple[str, ...]
    black: str
    grey: np.ndarray | None = None
    indices: tuple[int, ...] = ()
    notes: tuple[str, ...] = ()

    def mask(self, value: str) -> np.ndarray:
        """Return where one of the values is, bool [h, w]; nowhere if the picture has none of it."""
        place = self.values.index(value) if value in self.values else -1
        return np.asarray(self.numbers == place)

    def find(self, label: str) -> str | None:
        """Return the value that a person's answer means: its name or its place in the palette."""
        label = label.strip().lower()
        if label in self.values:
            return label
        named = {str(index): value for index, value in zip(self.indices, self.values, strict=False)}
        return named.get(label)

    def words(self, value: str) -> str:
        """Return what a value looks like and how much of the slice it takes."""
        share = 100 * float(self.mask(value).mean())
        parts = [colour_name(value) if value.startswith("#") else "transparent" if value == TRANSPARENT else value]
        if self.indices and value in self.values and value != TRANSPARENT:
            parts.append(f"number {self.indices[self.values.index(value)]} of the palette")
        return f"{', '.join(parts)}: {share:.3g}% of the slice"

    def plateaus(self) -> int:
        """Return how many of the values fill an area somewhere; a blurred edge has values that never do."""
        inner = _alike(self.numbers)
        return len(np.unique(self.numbers[1:-1, 1:-1][inner]))


def classes_of(raster: Raster, name: str) -> Classes:
    """Sort the pixels by what a person sees.

    Raises
    ------
    UserError
        if the picture is half transparent in a way that leaves open what belongs to the mask.
    """
    colours, alpha = raster.colours(), raster.alpha
    if not np.isfinite(colours).all():
        raise UserError(f"The mask {name} holds values that are no numbers (NaN): please export it again.")
    if alpha is None or (alpha.min() == alpha.max() and alpha.max() > 0):
        return _by_colour(colours, raster, np.zeros(raster.shape, bool), name)
    visible = alpha > 0
    seen = colours[visible]
    if (seen == seen[:1]).all() and (visible.any() or (colours == colours[0, 0]).all()):
        return _by_number(alpha, (IN_ALPHA,) if visible.any() else ())
    if visible.all() or not visible.any() or len(np.unique(alpha)) > 2:
        raise UserError(
            f"The mask {name} is half transparent, or transparent all over: please save it without transparency."
        )
    return _by_colour(colours, raster, ~visible, name)


def _by_colour(colours: np.ndarray, raster: Raster, hidden: np.ndarray, name: str) -> Classes:
    if raster.palette is not None:
        index = raster.values[..., 0]
        used = np.unique(index[~hidden])
        if len(np.unique(raster.palette[used], axis=0)) < len(used) and not hidden.any():
            return _by_number(index, (BY_INDEX,))
    if (colours == colours[..., :1]).all() and not hidden.any():
        classes = _by_number(colours[..., 0])
        return _with_indices(classes, raster)
    if colours.dtype not in (np.uint8, np.uint16):
        raise UserError(f"The mask {name} has colours of {colours.dtype}: please save it as PNG.")
    depth = 8 if colours.dtype == np.uint8 or _spread_bytes(colours) else 16
    packed = np.zeros(raster.shape, np.uint32 if depth == 8 else np.uint64)  # room for three of them
    for channel in range(3):
        plane = colours[..., channel % colours.shape[2]].astype(packed.dtype)
        if depth == 8 and colours.dtype != np.uint8:
            plane >>= 8
        packed = (packed << depth) | plane
    packed += 1
    packed[hidden] = 0
    distinct, numbers = _distinct(packed)
    digits = 3 * depth // 4
    values = tuple(TRANSPARENT if code == 0 else f"#{int(code) - 1:0{digits}x}" for code in distinct)
    return _with_indices(Classes(numbers, values, "#" + digits * "0"), raster)


def _with_indices(classes: Classes, raster: Raster) -> Classes:
    if raster.palette is None:
        return classes
    index = raster.values[..., 0]
    first = np.unique(classes.numbers, return_index=True)[1]
    places = tuple(int(index.flat[at]) for at in first)
    return Classes(classes.numbers, classes.values, classes.black, classes.grey, places, classes.notes)


def _by_number(grey: np.ndarray, notes: tuple[str, ...] = ()) -> Classes:
    distinct, numbers = _distinct(grey)
    values = tuple(f"{float(value):.6g}" for value in distinct)
    if len(set(values)) < len(values):  # floats that differ further behind the point
        values = tuple(repr(float(value)) for value in distinct)
    return Classes(numbers, values, "0", grey, notes=notes)


def _distinct(grey: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the distinct values in ascending order, and which of them each pixel has: `np.unique`, but fast."""
    # a table of all values that there could be: not for a few pixels of a high one
    if grey.dtype.kind not in "bu" or grey.max() >= min(MANY_COLOURS, MANY_VALUES * grey.size):
        distinct, numbers = np.unique(grey + 0, return_inverse=True)  # + 0: a float may be -0
        return distinct, numbers.reshape(grey.shape)
    grey = grey.view(np.uint8) if grey.dtype == bool else grey
    found = np.zeros(int(grey.max()) + 1, bool)
    found[grey.ravel()] = True
    distinct = np.flatnonzero(found)
    places = np.cumsum(found, dtype=np.min_scalar_type(len(distinct)))
    places -= 1  # below the first one it wraps, and is not looked up
    return distinct, places[grey]


def _spread_bytes(colours: np.ndarray) -> bool:
    """Return whether 16-bit colours are 8-bit ones, spread out."""
    return colours.dtype == np.uint16 and bool((colours % 257 == 0).all())


def colour_name(code: str) -> str:
    """Return what a person calls a colour such as '#ff0000'."""
    width = (len(code) - 1) // 3
    rgb = [int(code[1 + width * i : 3 + width * i], 16) for i in range(3)]
    nearest = min(NAMES, key=lambda name: sum((a - b) ** 2 for a, b in zip(NAMES[name], rgb, strict=True)))
    return f"{nearest} ({code})"


def without_blur(classes: Classes) -> Classes | None:
    """Cut a mask of two values whose edges are blurred; None if it is not surely one.

    It is one if, counted from black to its highest value, what lies between is never more than an edge (no area of
    3 x 3 pixels, black and white both within 2 pixels), if black or white is within 2 pixels of what is nearly so, and
    if all that is farther than 8 pixels (a block of JPEG) from an edge is black or white. Several labels, and maps of
    probability, are not.
    """
    grey = classes.grey
    if grey is None or len(classes.values) < 6 or grey.min() < 0 or 1 < grey.max() < 64:
        return None
    level = grey * (255 / grey.max())
    low, high = level < 64, level >= 192
    between = ~low & ~high
    far = ~_near(between | (low & _near(high, 1)) | (high & _near(low, 1)), 8)
    clean = (
        not _filled(between).any()
        and not (between & ~(_near(low, 2) & _near(high, 2))).any()
        and not (far & low & (level > 1)).any()
        and not (far & high & (level < 250)).any()
        and not (low & ~_near(level <= 16, 2)).any()
        and not (high & ~_near(level >= 240, 2)).any()
    )
    if not clean:
        return None
    return Classes((level >= 127.5).astype(int), ("0", "255"), "0", notes=classes.notes)


def _near(mask: np.ndarray, distance: int) -> np.ndarray:
    """Return the pixels within a square of that many pixels around any of the mask's."""
    width = 2 * distance + 1
    for axis in (0, 1):
        padded = np.pad(mask, [(distance + 1, distance) if axis == side else (0, 0) for side in (0, 1)])
        counts = np.cumsum(padded, axis=axis, dtype=np.int32)
        ahead, behind = (slice(width, None), slice(None, -width))
        mask = counts[ahead] > counts[behind] if axis == 0 else counts[:, ahead] > counts[:, behind]
    return mask


def _filled(mask: np.ndarray) -> np.ndarray:
    """Return the inner pixels [h - 2, w - 2] whose 3 x 3 neighbourhood is all in the mask."""
    rows = mask[:-2] & mask[1:-1] & mask[2:]
    return np.asarray(rows[:, :-2] & rows[:, 1:-1] & rows[:, 2:])


def _alike(numbers: np.ndarray) -> np.ndarray:
    """Return the inner pixels [h - 2, w - 2] whose 3 x 3 neighbourhood has one value."""
    middle = numbers[1:-1, 1:-1]
    height, width = middle.shape
    same = [numbers[y : y + height, x : x + width] == middle for y in range(3) for x in range(3)]
    return np.asarray(np.logical_and.reduce(same))


def shape_text(shape: tuple[int, int]) -> str:
    """Return width x height, as people say it."""
    return f"{shape[1]} x {shape[0]}"
