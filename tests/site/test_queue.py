"""In which order the engine in the browser answers."""

from tests.site.node import run


def test_a_question_goes_before_what_is_computed_in_the_background():
    found = run("queue.mjs", given=["slice 1", "slice 2", "slice 3"])
    assert found == {
        "done": ["slice 1", "question", "slice 2", "slice 3"],
        "answers": ["slice 1", "slice 2", "slice 3"],
    }


def test_work_that_fails_does_not_stop_what_comes_after_it():
    found = run("queue.mjs", given=["broken", "slice 2"])
    assert found == {"done": ["broken", "question", "slice 2"], "answers": ["it went wrong", "slice 2"]}
