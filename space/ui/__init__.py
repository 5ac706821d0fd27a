"""The page: wiring only. What it shows is computed in `space.answer`."""

from space.ui.page import LAUNCH, build_demo

__all__ = ["LAUNCH", "build_demo"]
