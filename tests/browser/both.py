"""One suite, two targets: which tests of the app's page run on the page without a server, too.

What shows the engine's answers runs on both, by `BOTH` or by the fixture `either_url`: accuracy, concepts, cuts, Dice,
drawing, a look inside and its operations, lessons, Training, the viewer, volumes, the display window, turns, what is
taken home. `test_axe.py` looks at every tab of both, as their style sheets differ.

Not on both, because the site has nothing of the kind: embedding and the addresses for it, real cases, the API, hosts
that are asked for files, how often the server's network runs, waiting for the server, its refusals, masks of several
slices as pictures, another organ (the same components; the site is built from the bundled model).

Not twice, because the engine plays no part and the script is the same: stage, keyboard, spoken results, questions,
places, playground, Results, the figure of the U, words.
"""

import pytest

BOTH = pytest.mark.parametrize("page", ["app", "site"], indirect=True)
