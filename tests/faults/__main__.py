"""``python -m tests.faults [PART ...]``: inject every fault, and print what the app said and did.

PART is the name of a file of this package without 'test_', such as 'start' or 'publish'.
"""

import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent


class Rows:
    """Prints what each test has told."""

    def __init__(self) -> None:
        self.failed = self.rows = 0

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        for name, said in report.user_properties if report.when == "call" else ():
            self.rows += 1
            print(f"{'' if report.passed else 'FAILED '}{name} | {said}", flush=True)
        self.failed += report.failed


def main(parts: list[str]) -> int:
    """Run the tests of some parts, or of all."""
    files = [str(HERE / f"test_{part}.py") for part in parts] or [str(HERE)]
    rows = Rows()
    code = pytest.main(
        [*files, "--numprocesses", "0", "-q", "-q", "--no-header", "--no-summary", "--durations=0"], [rows]
    )
    print(f"{rows.rows} faults told, {rows.failed} tests failed")
    return int(code)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
