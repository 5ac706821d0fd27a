"""The page: wiring only. What it shows is computed in `space.answer`."""

from space.uploads import keep_uploads_to_this_process

keep_uploads_to_this_process()

from space.ui.page import LAUNCH, build_demo
from space.ui.serve import demo_of_settings, launch, mount

__all__ = ["LAUNCH", "build_demo", "demo_of_settings", "launch", "mount"]
