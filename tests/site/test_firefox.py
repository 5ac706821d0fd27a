"""The page without a server in Firefox: the same Dice as in Python."""

from space.answer import Responder
from space.metrics import Counts, score
from space.model.bundle import BUNDLED, open_bundle
from tests.browser.firefox import firefox
from tests.site.building import BELOW
from tests.site.watching import watched_site


def test_firefox_computes_pythons_dice_on_every_example(site_folder, tmp_path):
    bundle = open_bundle(BUNDLED, "")
    responder = Responder(bundle)
    right = {}
    for sample in bundle.samples:
        table = responder.answer(sample.image, sample.mask, 0.5).table
        assert table is not None
        right[sample.name] = score(Counts(*map(int, table[128]))).dice
    with watched_site(site_folder.parents[1], BELOW) as (url, reports), firefox(url, tmp_path):
        assert reports.get(timeout=300) == right
