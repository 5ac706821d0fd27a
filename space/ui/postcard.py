"""The picture that a shared link to the page shows: the first example, its mask and what the network found."""

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from space.answer import Answer, Responder
from space.drawing import FILL, PREDICTION, REFERENCE, png
from space.metrics import score_text
from space.model.bundle import Bundle
from space.preprocessing import centre_box
from space.ui.texts import DISCLAIMER

WIDTH, HEIGHT = 1200, 630
"""What the sites that show such pictures ask for."""
SHOWN = 0.62  # of the slice's smaller side: the body without the air around it
BACKGROUND, INK, SUBDUED = (15, 23, 42), (248, 250, 252), (203, 213, 225)
LINE = 5  # pixels, an odd number
MARGIN = 44


def postcard(responder: Responder) -> bytes:
    """Return a PNG of 1200 x 630 pixels; without an example it holds words alone.

    Parameters
    ----------
    responder : the bundle that is served, and its network.
    """
    bundle = responder.bundle
    card = Image.new("RGB", (WIDTH, HEIGHT), BACKGROUND)
    if not bundle.samples:
        _write(card, MARGIN, bundle, None)
    else:
        sample = bundle.samples[0]
        answer = responder.answer(sample.image, sample.mask, bundle.contract.threshold)
        card.paste(_picture(answer), (0, 0))
        _write(card, HEIGHT + MARGIN, bundle, answer)
    return png(np.asarray(card))


def _picture(answer: Answer) -> Image.Image:
    """Return the middle of a slice with both outlines, as high as the card."""
    region = centre_box(answer.pixels.shape, int(SHOWN * min(answer.pixels.shape))).region

    def enlarged(values: np.ndarray) -> Image.Image:
        return Image.fromarray(values[region]).resize((HEIGHT, HEIGHT), Image.Resampling.BICUBIC)

    picture = enlarged(answer.pixels).convert("RGB")
    found = enlarged(answer.mask()).point(_inside)
    picture.paste(PREDICTION, mask=found.point(lambda value: round(FILL * value)))
    picture.paste(PREDICTION, mask=_outline(found))
    if answer.reference is not None:
        picture.paste(REFERENCE, mask=_outline(enlarged(answer.reference.astype(np.uint8) * 255).point(_inside)))
    return picture


def _inside(value: int) -> int:
    return 255 if value >= 128 else 0


def _outline(mask: Image.Image) -> Image.Image:
    """Return the rim of a mask of 0 and 255, inside it."""
    inner = mask.filter(ImageFilter.MinFilter(LINE))
    return Image.fromarray(np.asarray(mask) - np.asarray(inner))


def _write(card: Image.Image, left: int, bundle: Bundle, answer: Answer | None) -> None:
    """Write what is to be seen, from `left` to the margin at the right, each line no wider than fits."""
    draw, contract = ImageDraw.Draw(card), bundle.contract
    room = WIDTH - MARGIN - left

    def line(text: str, y: int, size: int, colour: tuple[int, int, int] = INK, indent: int = 0) -> None:
        while draw.textlength(text, ImageFont.load_default(size)) > room - indent and size > 12:
            size -= 1
        draw.text((left + indent, y), text, colour, ImageFont.load_default(size), anchor="lm")

    line(f"Find the {contract.target}", 92, 66)
    line(f"A U-Net looks at one {contract.modality} slice.", 164, 24, SUBDUED)
    line("Move its threshold. Trace it yourself. Look inside.", 204, 24, SUBDUED)
    if answer:
        draw.rectangle((left, 288, left + 30, 318), tuple(round(FILL * part) for part in PREDICTION), PREDICTION, 4)
        line("what the U-Net marks", 303, 32, indent=50)
        if answer.reference is not None:
            draw.rectangle((left, 340, left + 30, 370), None, REFERENCE, 4)
            line("the mask, taken as correct", 355, 32, indent=50)
        if answer.scores:
            line(f"Dice {score_text(answer.scores.dice)}", 434, 60)
        synthetic = bundle.samples[0].synthetic
        line("A synthetic slice: a drawing, nobody's scan." if synthetic else "A slice of a person.", 506, 24, SUBDUED)
    for number, sentence in enumerate(DISCLAIMER.split(". ")):
        line(sentence.rstrip(".") + ".", 538 + 32 * number, 24, SUBDUED)
