"""The trainer: slices in, a published bundle out. Run ``python -m trainer --help``."""
