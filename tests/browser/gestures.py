"""What people do with files on the page, and what they read of it."""

import base64
from pathlib import Path

import numpy as np
from PIL import Image
from playwright.sync_api import Page

DROP = """([files, selector]) => {
    const held = new DataTransfer();
    for (const {name, text} of files) {
        held.items.add(new File([Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0))], name));
    }
    const target = document.querySelector(selector);
    for (const kind of ["dragenter", "dragover", "drop"]) {
        target.dispatchEvent(new DragEvent(kind, {bubbles: true, cancelable: true, dataTransfer: held}));
    }
}"""


def drop(page: Page, selector: str, *paths: Path) -> None:
    """Drop files from outside the browser on an element."""
    files = [{"name": path.name, "text": base64.b64encode(path.read_bytes()).decode()} for path in paths]
    page.evaluate(DROP, [files, selector])


def choose_slice(page: Page, path: Path) -> None:
    """Choose a slice of one's own with the browser's dialog."""
    page.locator("#slice-file input").set_input_files(str(path))


def choose_mask(page: Page, path: Path) -> None:
    """Choose a mask with the browser's dialog."""
    page.locator("#mask-file input").set_input_files(str(path))


def click_example(page: Page, number: int) -> None:
    """Click an example, the first being 0."""
    page.locator("#cases .examples button").nth(number).click()


def download(page: Page, button: str, path: Path) -> tuple[str, np.ndarray]:
    """Click a button that saves; return the file's name and its pixels."""
    with page.expect_download() as given:
        page.locator(button).click()
    given.value.save_as(path)
    return given.value.suggested_filename, np.asarray(Image.open(path))
