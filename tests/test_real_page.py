"""A real case as the page asks for it: fetched, opened slice by slice, and refused with a sentence."""

import time

import numpy as np
import pytest

from space.preprocessing import ABDOMEN, hu_to_grey
from space.real import bucket as bucket_module
from space.real import waiting
from space.real.waiting import RealCases
from tests.bucket import local_bucket
from tests.real import phantom, table_of
from tests.serving import free_port
from tests.test_ui import ask, source, unpacked, wish

MADE = phantom()
NAME = MADE.case.patient
FEW = {"real": NAME, "whole": False}


@pytest.fixture
def real(tmp_path, monkeypatch):
    monkeypatch.setattr(bucket_module, "PAUSE", 0.01)
    with local_bucket(MADE.objects) as served:
        yield RealCases(table_of(MADE), address=served.url, root=tmp_path / "kept")


def fetch(real):
    while not (answer := ask("fetch_real", FEW | {"who": "me"}, real=real)).get("ready"):
        assert "refused" not in answer, answer
        time.sleep(0.01)
    return answer


def test_a_case_is_fetched_and_its_slices_are_opened(real):
    assert fetch(real)["done"] == MADE.case.size(whole=False)
    for place, there in ((None, 21), (0, 9)):
        answer = ask("open_case", wish(FEW, place=place), real=real)
        assert answer["places"] == 12
        assert answer["source"]["slice"] == FEW
        shown = np.frombuffer(unpacked(answer, "pixels"), np.uint8).reshape(MADE.hu.shape[1:])
        assert np.abs(shown.astype(int) - hu_to_grey(MADE.hu[there], ABDOMEN)).max() <= 1


@pytest.mark.parametrize("place", [0, 6, 11])
def test_the_mask_of_a_case_is_where_it_was_traced(real, place):
    fetch(real)
    answer = ask("open_case", wish(FEW, FEW, place=place), real=real)
    assert answer["problem"] == ""
    shown = np.frombuffer(unpacked(answer, "mask"), np.uint8).reshape(MADE.hu.shape[1:])
    assert np.array_equal(shown > 0, MADE.mask[9 + 2 * place])
    assert shown.any()


def test_what_the_network_sees_of_a_case_can_be_looked_into(real):
    fetch(real)
    asked = source(FEW, place=3) | {"network": "", "level": "encoder_0", "cut": []}
    assert ask("look_inside", asked, real=real)["level"] == "encoder_0"


def test_a_case_that_is_not_here_is_not_opened(real):
    refused = ask("open_case", wish(FEW, FEW), real=real)
    assert refused == {"refused": "This case is not kept here any more: please load it again."}
    assert ask("open_case", wish({"real": "../../etc", "whole": True}), real=real) == {"refused": waiting.UNKNOWN}


def test_leaving_stops_the_download_and_is_no_error_if_there_is_none(real):
    assert ask("leave_real", FEW | {"who": "me"}, real=real) == {"left": True}


def test_offline_the_page_gets_one_sentence(tmp_path, monkeypatch):
    monkeypatch.setattr(bucket_module, "PAUSE", 0.01)
    real = RealCases(table_of(MADE), address=f"http://127.0.0.1:{free_port()}", root=tmp_path)
    while "refused" not in (answer := ask("fetch_real", FEW | {"who": "me"}, real=real)):
        time.sleep(0.01)
    assert answer == {"refused": bucket_module.UNREACHABLE}


@pytest.mark.parametrize(
    "asked", [None, {}, FEW, FEW | {"who": ""}, FEW | {"who": "x" * 65}, {"real": NAME, "whole": 1, "who": "x"}]
)
def test_a_question_that_no_page_of_ours_asks_is_refused(real, asked):
    for name in ("fetch_real", "leave_real"):
        assert set(ask(name, asked, real=real)) == {"refused"}
