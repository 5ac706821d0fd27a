"""The modules that a file needs, such as decoders."""

from tests.site.node import run


def test_a_module_is_made_once_and_again_only_if_it_did_not_come():
    assert run("modules.mjs") == {"came": ["cut off", "grey", "grey"], "loads": 2}
