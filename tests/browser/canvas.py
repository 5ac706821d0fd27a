"""What is painted on a canvas, as an array."""

import base64

import numpy as np
from playwright.sync_api import Locator

READ = """canvas => {
    const {data} = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    let text = "";
    for (let i = 0; i < data.length; i += 4096) text += String.fromCharCode(...data.subarray(i, i + 4096));
    return [canvas.height, canvas.width, btoa(text)];
}"""


def painted(canvas: Locator) -> np.ndarray:
    """Return a canvas's pixels, uint8 [h, w, 4]: red, green, blue, alpha."""
    height, width, text = canvas.evaluate(READ)
    return np.frombuffer(base64.b64decode(text), np.uint8).reshape(height, width, 4)
