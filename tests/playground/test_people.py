"""The playground's slices are what the command draws, and what the page reads."""

import numpy as np

from tests.conftest import trainer
from tests.playground.node import run
from tests.serving import ROOT
from trainer.phantom import playground

COMMITTED = ROOT / "space/playground/data/people.gzip"
FIRST, LAST = 0, playground.PEOPLE - 1


def committed():
    return playground.unpack(COMMITTED.read_bytes()).reshape(playground.PEOPLE, playground.SLICES, 64, 64)


def test_the_committed_file_is_what_the_command_draws():
    for number in (FIRST, 17, LAST):
        drawn, kept = playground.draw_person(number), committed()[number]
        # another processor may round another way where a grey level or an outline is decided by the last bit
        assert np.mean(drawn != kept) < 1e-3
        assert np.abs((drawn >> 1).astype(int) - (kept >> 1)).max() <= 1


def test_the_command_writes_everybody(monkeypatch, tmp_path):
    monkeypatch.setattr(playground, "PEOPLE", 2)
    assert "bytes" in trainer("playground", tmp_path / "people.gzip")
    assert playground.unpack((tmp_path / "people.gzip").read_bytes()).shape == (16, 64, 64)


def test_every_slice_shows_some_pancreas():
    assert ((committed() & 1).sum((2, 3)) >= 20).all()


def test_the_page_reads_what_was_packed():
    ours = run("people.mjs")
    slices = committed().reshape(-1, 64 * 64)
    assert ours["slices"] == len(slices)
    for number, image, mask in zip(ours["numbers"], ours["images"], ours["masks"], strict=True):
        assert np.array_equal(mask, slices[number] & 1)
        assert np.allclose(image, ((slices[number] >> 1) * 8 + 4) / 255, atol=1e-7)
    assert 19 < ours["noise"] < 21  # grey levels, as asked for: 20
