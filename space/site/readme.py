"""The README.md of a site's folder: how a static Space is to show it, and where else the folder can stand.

References
----------
https://huggingface.co/docs/hub/spaces-config-reference. `custom_headers` is not needed: the network runs on one thread,
and the headers that more threads need would keep other pages from embedding this one.
"""

from pathlib import Path
from typing import Any

import yaml

from space.anatomy import file_word
from space.metrics import score_text
from space.modality import in_words
from space.model.bundle import Bundle

OF_THE_APP = Path(__file__).parents[2] / "README.md"
LIKE_THE_APP = ("emoji", "colorFrom", "colorTo", "license")
TAGS = ("u-net", "keras", "teaching")
LONGEST = 60  # characters of a short description
README = """---
{head}---

# Find the {target}

A small neural network, a U-Net, outlines the {target} on an {plane} {modality} slice: move its threshold and see what
it finds and what it misses. This folder is the whole page: the browser of whoever opens it reads the slices and runs
the network. Nothing is sent anywhere, and no server has to compute.

**It is no medical device. Never use it for diagnosis or treatment.**

{measured}The demo follows {article}

## Where this folder can stand

- **Hugging Face, as a static Space (free).** `hf repos create YOU/NAME --type space --sdk static`, then in this folder
  `hf upload YOU/NAME . --type space`. The head of this file tells the Space what to show.
- **GitHub Pages.** Put what is in this folder into a repository, and choose *Deploy from a branch* in its *Settings*,
  *Pages*. The page is then at `https://YOU.github.io/REPOSITORY/`.
- **Any web server.** Copy the folder, below any path. Nothing has to be configured.
- **This computer.** `python -m http.server 8000` in this folder, then http://localhost:8000.
- **Moodle or another learning platform, a USB stick.** These need the page in one file:
  `python -m space.site MODEL demo.html --one-file` writes it. Upload it as a file, or open it by a double click.

A double click on `index.html` does not start the page: browsers let it read the files beside it only where a web server
sends them. `--inside ADDRESS` of `python -m space.site` tells the page where it will stand: other sites then
show its title and its picture where somebody shares it.
"""
ARTICLE = """'Magician's Corner: 4. Image Segmentation with U-Net' (Erickson and Cai, Radiology: Artificial
Intelligence 2020;2(1):e190161, [doi:10.1148/ryai.2020190161](https://doi.org/10.1148/ryai.2020190161))."""
SERVED = """It serves [{repo}](https://huggingface.co/{repo}) at {revision}, whose card says what it was trained on, how
it was measured and where it fails. """


def readme(bundle: Bundle, served: tuple[str, str] | None = None, picture: str = "") -> str:
    """Return the text.

    Parameters
    ----------
    served : the model on the Hub and its revision, if it is there.
    picture : the whole address of what sites show where somebody shares the page, if it is known.
    """
    contract = bundle.contract
    as_app = yaml.safe_load(OF_THE_APP.read_text("utf-8").split("---\n")[1])
    head = about(bundle) | {name: as_app[name] for name in LIKE_THE_APP} | {"sdk": "static", "app_file": "index.html"}
    if served:
        head["models"] = [served[0]]
    if picture:
        head["thumbnail"] = picture
    return README.format(
        head=yaml.safe_dump(head, allow_unicode=True, sort_keys=False),
        target=contract.target,
        plane=contract.plane,
        modality=contract.modality,
        measured=measured(bundle, served),
        article=ARTICLE,
    )


def about(bundle: Bundle) -> dict[str, Any]:
    """Return what the head of any Space's README says of a bundle."""
    target, modality = bundle.contract.target, bundle.contract.modality
    what = f"A U-Net finds the {target} on {modality}, for teaching"
    return {
        "title": f"Find the {target}",
        "short_description": what if len(what) <= LONGEST else f"A U-Net on {modality}, for teaching",
        "tags": ["medical-imaging", "image-segmentation", modality.lower(), file_word(target), *TAGS],
    }


def measured(bundle: Bundle, served: tuple[str, str] | None) -> str:
    """Return which model it is, how well it does on its test split, and what it sees."""
    test, contract = bundle.metrics.test, bundle.contract
    people = "one person" if test.subjects == 1 else f"{test.subjects} people"
    dice = test.mean_volume_dice
    return (
        (SERVED.format(repo=served[0], revision=served[1]) if served else f"The model is {contract.title}. ")
        + ("" if dice is None else f"On {people} of its test split its mean volume Dice is {score_text(dice)}. ")
        + f"The network sees {in_words(*contract.window, contract.modality)} in 256 grey levels.\n\n"
    )
