"""``python -m tests.fuzz.guided TARGET --runs 100000``: hostile files that follow the code of `space.readers`.

The targets are those of `tests.fuzz.readers`, with the same good files to start from and the same finds. Atheris
(libFuzzer) keeps each input that reaches a line which none reached before, and goes on from there; half of the changes
are its own, half those of `tests.fuzz.mutate`. It stops at the first find and prints it.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from random import Random

import atheris

with atheris.instrument_imports(include=["space.readers"]):
    from tests.fuzz import readers

from tests.fuzz.mutate import mutant
from tests.fuzz.pool import MEMORY, SECONDS

LONGEST = 1 << 16  # bytes of an input


def main() -> None:
    """Run one target."""
    every = {target.name: target for target in readers.targets()}
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("target", choices=every)
    parser.add_argument("--runs", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    target = every[asked.target]
    readers.read_in_this_process()

    def changed(data: bytes, most: int, seed: int) -> bytes:
        rng = Random(seed)
        return atheris.Mutate(data, most) if rng.random() < 0.5 else mutant(rng, [bytes(data)])[:most]

    with tempfile.TemporaryDirectory() as folder:
        corpus, inside = Path(folder, "corpus"), Path(folder, "in")
        inside.mkdir()
        corpus.mkdir()
        for number, data in enumerate(target.seeds):
            (corpus / str(number)).write_bytes(data)

        def read(data: bytes) -> None:
            word, said = readers.attempt(target, data, inside)
            if word not in readers.FINE:
                raise AssertionError(f"{word}: {said}")

        settings = {
            "runs": asked.runs,
            "seed": asked.seed,
            "max_len": LONGEST,
            "timeout": SECONDS,
            "rss_limit_mb": MEMORY >> 20,
        }
        words = [f"-{name}={value}" for name, value in settings.items()]
        atheris.Setup(["guided", *words, f"-artifact_prefix={folder}/", str(corpus)], read, custom_mutator=changed)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
