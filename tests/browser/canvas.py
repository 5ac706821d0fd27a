"""What is painted on a canvas, as an array."""

import base64
import time
from collections.abc import Callable

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


def expect_painted(canvas: Locator, right: Callable[[np.ndarray], bool]) -> None:
    """Wait, for half a minute at most, until a canvas's pixels are right."""
    deadline = time.monotonic() + 30
    while not right(painted(canvas)):
        assert time.monotonic() < deadline, "another picture is shown"
        canvas.page.wait_for_timeout(100)


def expect_grey(canvas: Locator, expected: np.ndarray) -> None:
    """Wait until a canvas shows grey values, give or take one."""

    def right(shown: np.ndarray) -> bool:
        return shown.shape[:2] == expected.shape and np.allclose(shown[..., 0], expected, rtol=0, atol=1)

    expect_painted(canvas, right)
