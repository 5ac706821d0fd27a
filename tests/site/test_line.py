"""A question that is sent away or cut off keeps its place, and what a person is told in the end is true."""

from tests.site.node import run

SEEN = {"ahead": 0, "seconds": 0}
FULL = {"full": {"ahead": 512, "seconds": 60}}


def test_a_question_that_is_cut_off_is_put_again_while_the_server_is_there():
    found = run("line.mjs", given={"put": [None, None, {"name": "grey"}], "look": SEEN, "seconds": 60})
    assert (found["answer"], found["asked"], found["tickets"]) == ({"name": "grey"}, 3, 1)


def test_nobody_is_asked_again_who_does_not_answer_at_all():
    for look, seconds in ((None, 60), (SEEN, 1)):
        found = run("line.mjs", given={"put": [None], "look": look, "seconds": seconds})
        assert (found["answer"], found["asked"]) == (None, 1)


def test_whoever_was_sent_away_for_long_hears_that_too_many_ask():
    found = run("line.mjs", given={"put": [FULL], "look": SEEN, "seconds": 1})
    assert found["answer"] == {"refused": "Too many people are asking: please try again in a few minutes."}
    assert 10 < found["minutes"] < 11
