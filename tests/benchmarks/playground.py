"""``python -m tests.benchmarks.playground``: what a training step of the playground costs, in processor time."""

from typing import Any

from tests.playground.node import run

CHANGES: tuple[dict[str, Any], ...] = (
    {},
    {"pools": 2},
    {"norm": "batch"},
    {"norm": "none"},
    {"convolutions": 2},
    {"filters": 16},
    {"upsampling": "resize"},
    {"batch": 32},
)


def main() -> None:
    """Print a line for each setting; the first is the page's default."""
    for change in CHANGES:
        found = run("bench.mjs", change)
        print(
            f"{found['milliseconds']:6.1f} ms per step, {found['parameters']:,} parameters: {change or 'the defaults'}"
        )


if __name__ == "__main__":
    main()
