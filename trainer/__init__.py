"""The trainer: slices in, a published bundle out. Run ``python -m trainer --help``."""

import space  # noqa: F401  (first of all: it switches off the libraries' telemetry)
