"""What 'Break it yourself' says: what each change stands for, what is done to the mask, what training varied."""

from html import escape

from space.modality import SCALES, in_words
from space.model.contract import Contract

STAYS = "The mask stays as it is."
MOVES = "The mask moves with the slice, its edge rounded to whole pixels; what leaves the picture is not counted."
KINDS = {
    "window level": f"The slice gets darker or brighter. What the network's own window cut off stays lost. {STAYS}",
    "window width": "A narrow window has more contrast, a wide one less. What the network's own window cut off stays "
    f"lost. {STAYS}",
    "noise": f"Every pixel gets a random number added, as in a grainy image. {STAYS}",
    "blur": f"Each pixel is mixed with its neighbours, so that fine edges go first. {STAYS}",
    "pixel size": f"Pixels are averaged to larger ones, and shown at the old size. {STAYS}",
    "rotation": f"The slice is turned about its middle, as if the patient did not lie flat. {MOVES}",
    "size": f"The slice is enlarged or shrunk about its middle, as with a larger or smaller patient. {MOVES}",
    "shift": "The slice is moved to the right, below 0 to the left, as if the patient did not lie in the middle. "
    f"{MOVES}",
}


def broken_heading(contract: Contract, *, measured: bool) -> str:
    """Return what stands above the part; `measured` tells whether there is a curve of the validation subjects."""
    curve = ", the curve the mean over the validation subjects, changed in the same way" if measured else ""
    return (
        "<h3>Break it yourself</h3><p>A network fails beyond what it was trained on, and slices from elsewhere seldom "
        "have the same window, pixel size and position. Choose a change and move the slider: the dot is the Dice of "
        f"the {escape(contract.target)} on this slice{curve}.</p>"
    )


def change_in_words(name: str, contract: Contract) -> str:
    """Return what a change does to slice and mask, and how much of it the network saw in training."""
    return f"{KINDS[name]} {_in_training(name, contract)}".strip()


def picture_in_words(name: str, contract: Contract) -> str:
    """Return what a change means for a picture whose values are not known; nothing if that makes no difference."""
    if not name.startswith("window"):
        return ""
    return (
        f"This picture's values are not known in {SCALES[contract.modality].values}: its grey levels are taken for "
        f"{in_words(*contract.window, contract.modality)}."
    )


def _in_training(name: str, contract: Contract) -> str:
    settings, cut = contract.settings, contract.slice
    varied = {
        "noise": (settings.noise, f"noise with an SD of up to {settings.noise * 255:.0f} grey levels"),
        "blur": (settings.blur, f"blur with an SD of up to {settings.blur:g} pixels"),
        "rotation": (settings.rotate, f"slices turned by up to {settings.rotate:g} degrees"),
        "size": (settings.scale, f"slices up to {1 + settings.scale:g} times as large or as small"),
        "shift": (settings.shift, f"slices moved by up to {settings.shift:g} pixels"),
    }
    if name not in varied:
        return ""
    most, words = varied[name]
    said = f"In training the network saw {words}." if most else "In training the network saw none of this."
    if name == "shift" and cut.crop < cut.matrix:
        said += f" It looks at the middle {cut.crop} x {cut.crop} pixels only."
    return said
