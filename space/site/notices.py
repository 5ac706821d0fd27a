"""What the page hands on that others wrote, and the texts that their licences ask to be handed on with it."""

from pathlib import Path
from typing import NamedTuple

FOLDER = Path(__file__).parent.parent / "page" / "notices"
HEAD = """The code of this page is under the MIT licence. With it come parts of others:
"""
LINE = 78 * "="


class Part(NamedTuple):
    """A part that others wrote, and the files of `FOLDER` that tell of it and of what is built into it."""

    name: str
    licence: str
    texts: tuple[str, ...]


PARTS = {
    "onnxruntime-web": Part("ONNX Runtime Web", "MIT; what is built into it below", ("onnxruntime", "musl")),
    "pako": Part("pako", "MIT and Zlib", ("pako",)),
    "@itk-wasm/image-io": Part(
        "GDCM, as built by ITK-Wasm", "BSD, Apache 2.0; what is built into it below", ("gdcm", "itk", "musl")
    ),
    "@cornerstonejs/codec-libjpeg-turbo-8bit": Part(
        "libjpeg-turbo, as built by Cornerstone", "IJG, BSD 3-Clause, Zlib", ("libjpeg-turbo", "musl")
    ),
}
"""By the package of npm that has it."""


def notices() -> str:
    """Return the list of the parts, then each text once."""
    parts = [f"- {part.name} ({package}): {part.licence}\n" for package, part in PARTS.items()]
    texts = sorted({text for part in PARTS.values() for text in part.texts})
    told = [f"\n{LINE}\n{text}\n{LINE}\n\n{(FOLDER / f'{text}.txt').read_text('utf-8')}" for text in texts]
    return "".join([HEAD, *parts, *told])
