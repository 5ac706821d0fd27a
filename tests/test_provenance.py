"""What is recorded of the code and its packages."""

import importlib.metadata
import re

import pytest

from trainer.provenance import code, packages, public_address


@pytest.mark.parametrize(
    ("remote", "address"),
    [
        ("https://github.com/you/demo.git", "https://github.com/you/demo"),
        ("https://you:secret@example.org/demo", "https://example.org/demo"),
        ("/home/you/demo", ""),
        ("", ""),
    ],
)
def test_an_address_has_no_token_and_no_path_of_this_machine(remote, address):
    assert public_address(remote) == address


def test_packages_are_those_that_are_installed():
    found = packages()
    assert {"tensorflow", "keras", "opencv-python-headless", "scipy", "tf2onnx"} <= found.keys()
    assert all(importlib.metadata.version(name) == version for name, version in found.items())


def test_the_codes_commit_is_known_in_a_clone():
    assert re.fullmatch(r"|(https://\S+ at )?commit [0-9a-f]{12}(, with changes that are not committed)?", code())
