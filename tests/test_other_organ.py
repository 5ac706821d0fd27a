"""Another organ, and another modality: from a source to the words of page, cards and files."""

import json
import re
from itertools import islice

import numpy as np
import pytest
import yaml
from PIL import Image

from space.answer import Responder
from space.errors import Question, UserError
from space.model.hub import choose_model
from space.opened import Opened
from space.preprocessing import ABDOMEN, Window
from space.readers.image import read_slice
from space.readers.reading import read_case
from space.readers.values import readings_for
from space.real.choices import choices
from space.real.table import the_table
from space.take_home import take_home
from space.ui import build_demo
from tests.bundles import with_contract
from tests.conftest import ROOT
from tests.other import foreign_words, like_mr, other_bundle, write_like_mr
from tests.volumes import abdomen, dicom_bytes, nifti, slices, write
from trainer.dataset import load_split
from trainer.phantom.drawing import TARGETS, make_phantom, traced
from trainer.prepare import prepare
from trainer.publish.card import write_card
from trainer.publish.samples import phantom_samples
from trainer.publish.space_card import space_card

HU = abdomen() + np.random.default_rng(0).normal(0, 20, abdomen().shape).round().astype(np.int16)
ABOVE = Window(0, 1200)
MR_CLASS = "1.2.840.10008.5.1.4.1.1.4"


@pytest.fixture(scope="module", params=["CT", "MR"])
def other(request, tmp_path_factory):
    """A bundle whose network finds the liver."""
    return other_bundle(tmp_path_factory.mktemp("other") / "bundle", request.param)


def test_the_page_speaks_of_the_organ_and_the_modality_of_its_network(other):
    choice = choose_model(str(other.folder), "main", 8)
    assert choice.problem == ""
    config = build_demo(choice).get_config_file()
    # the real cases are of the collection Pancreas-CT, whatever the network finds
    own = [component["props"] for component in config["components"] if component["props"].get("elem_id") != "real"]
    shown = [json.dumps(props, ensure_ascii=False) for props in own]
    assert not [line for text in shown for line in foreign_words(text, other.contract.modality)]
    assert config["title"] == "Find the liver"
    assert any(f"one axial {other.contract.modality} slice" in text for text in shown)


def test_cards_and_figures_speak_of_them_too(other):
    contract, metrics = other.contract, other.metrics
    card = write_card(contract, metrics, other.history, "you/liver-unet")
    space = space_card((ROOT / "README.md").read_text("utf-8"), other, "you/liver-unet", "v1.0.0")
    for text in (card, space):
        assert not foreign_words(text, contract.modality)
        assert f"an axial {contract.modality} slice" in text or f"a single axial {contract.modality} slice" in text
    head = yaml.safe_load(space.split("---\n")[1])
    assert head["title"] == "Find the liver"
    assert head["short_description"] == f"A U-Net finds the liver on {contract.modality}, for teaching"
    assert {contract.modality.lower(), "liver"} < set(head["tags"])
    assert head["models"] == ["you/liver-unet"]
    assert head["app_file"] == "app.py"


def test_a_space_of_an_organ_with_a_long_name_is_still_described():
    bundle = with_contract(target="left adrenal gland and its tumours, all of them")
    head = yaml.safe_load(space_card((ROOT / "README.md").read_text("utf-8"), bundle, "you/a", "v1").split("---\n")[1])
    assert len(head["short_description"]) <= 60


def test_files_are_named_after_the_organ_and_the_modality(other, tmp_path):
    values = HU if other.contract.modality == "CT" else like_mr(HU)
    path = tmp_path / "scan.nii.gz"
    path.write_bytes(nifti(values).to_bytes())
    opened = Responder(other).open(path, None)
    assert isinstance(opened, Opened)
    names = {kind: take_home(opened, [], 128, 0.5, kind, other.contract)[0] for kind in ("nifti", "png", "csv")}
    start = f"{other.contract.modality} volume-liver-"
    assert names == {
        "nifti": f"{start}predicted-mask.nii.gz",
        "png": f"{start}predicted-masks.zip",
        "csv": f"{start}figures.csv",
    }


def test_real_cases_come_without_masks_of_another_organ():
    assert choices(the_table(), with_contract().contract)["traced"]
    offered = choices(the_table(), with_contract(target="liver").contract)
    assert not offered["traced"]
    assert [credit["what"] for credit in offered["credits"]] == ["CT"]


# ---------- what is given to a network that sees another modality


def test_a_series_of_another_modality_is_refused_by_its_name(tmp_path):
    ct, mr = tmp_path / "ct", tmp_path / "mr"
    ct.mkdir()
    mr.mkdir()
    ct_files = write(ct, [dicom_bytes(one) for one in slices(HU)])
    of_mr = slices(like_mr(HU), Modality="MR", SOPClassUID=MR_CLASS)
    mr_files = write(mr, [dicom_bytes(one) for one in of_mr])
    with pytest.raises(UserError, match="is a CT image, not MR, and the network knows MR only: please give axial MR"):
        read_case(ct_files, ABOVE, modality="MR")
    with pytest.raises(UserError, match="is an MR image, not CT, and the network knows CT only: please give axial CT"):
        read_case(mr_files, ABOVE)
    case = read_case(mr_files, ABOVE, modality="MR")
    assert case.name == "MR series"
    assert not foreign_words(" ".join(case.notes), "MR")


def test_a_volume_of_mr_keeps_its_values_and_one_of_ct_is_refused(tmp_path):
    path = tmp_path / "a.nii"
    path.write_bytes(nifti(like_mr(HU)).to_bytes())
    case = read_case(path, ABOVE, modality="MR")
    assert case.in_hu
    assert np.array_equal(case.hu, like_mr(HU))
    with pytest.raises(UserError, match="does not look like CT in Hounsfield units"):
        read_case(path, ABDOMEN)
    path.write_bytes(nifti(HU).to_bytes())
    with pytest.raises(UserError, match="looks like CT"):
        read_case(path, ABOVE, modality="MR")


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ((abdomen() > 0).astype(np.int16), "This is a segmentation and not a scan: please give the MR here"),
        (np.linspace(0, 1, HU.size, dtype=np.float32).reshape(HU.shape), "span only 0 to 1"),
        (like_mr(HU).astype(np.int32) * 60, "values up to 32767 can be read"),
    ],
)
def test_what_is_no_mr_is_refused_in_a_sentence(tmp_path, values, sentence):
    path = tmp_path / "a.nii"
    path.write_bytes(nifti(values).to_bytes())
    with pytest.raises(UserError, match=sentence):
        read_case(path, ABOVE, modality="MR")


def test_pictures_of_mr_are_never_read_as_hu(tmp_path):
    path = tmp_path / "a.png"
    Image.fromarray(like_mr(HU)[6].astype(np.uint16)).save(path)
    with pytest.raises(Question) as asked:
        read_slice(path, ABOVE, modality="MR")
    assert "stored" in [choice.value for choice in asked.value.choices]
    assert not foreign_words(" ".join(readings_for("MR").values()), "MR")
    assert {choice.value for choice in asked.value.choices} <= set(readings_for("MR"))
    assert np.array_equal(read_slice(path, ABOVE, "stored", "MR").hu[0], like_mr(HU)[6])
    with pytest.raises(UserError, match="no way to read values that is called 'hu'"):
        read_slice(path, ABOVE, "hu", "MR")


# ---------- to train on


def test_mr_is_prepared_with_a_window_of_its_own(tmp_path, capsys):
    source = write_like_mr(tmp_path / "source", 3)
    with pytest.raises(UserError, match=r"--window LOW HIGH .* lie between 0 and \d+"):
        prepare(str(source), tmp_path / "out", target="liver", modality="MR")
    with pytest.raises(UserError, match="does not look like CT"):
        prepare(str(source), tmp_path / "out", target="liver")
    made = prepare(str(source), tmp_path / "out", target="liver", modality="MR", window=(0, 1200))
    assert (made.modality, made.window_hu, made.target) == ("MR", (0, 1200), "liver")
    slices_of = load_split(tmp_path / "out", "train")
    assert slices_of.modality == "MR"
    assert slices_of.hu(slices_of.indices[0]).max() > 600
    assert not foreign_words(capsys.readouterr().out, "MR")


def test_phantoms_are_no_mr(tmp_path):
    with pytest.raises(UserError, match="drawn as CT, not MR"):
        prepare("phantom", tmp_path / "out", modality="MR", window=(0, 1200))


@pytest.mark.parametrize("target", ["liver", "spleen", "kidneys"])
def test_phantoms_and_examples_show_the_organ(target):
    assert target in TARGETS
    assert all(mask.sum() > 500 for _, _, mask in islice(phantom_samples(target, ABDOMEN), 2))


def test_the_kidneys_are_both_of_them():
    phantom = make_phantom(3, slices=5, size=128)
    both = phantom.mask("left kidney") | phantom.mask("right kidney")
    assert both.any()
    assert np.array_equal(traced(phantom, "kidneys"), both)


def test_it_is_said_where_the_usual_field_cuts_the_organ_off(tmp_path, capsys):
    source = write_like_mr(tmp_path / "source", 3)
    prepare(str(source), tmp_path / "out", target="liver", modality="MR", window=(0, 1200))
    said = re.search(r"the central 320 x 320 pixels, .* train with 'fit --crop (\d+)'", capsys.readouterr().out)
    assert said
    train, farthest = load_split(tmp_path / "out", "train"), 0.0
    for index in train.indices:
        for axis, zoom in enumerate(train.zoom(index)):
            places = np.nonzero(train.mask(index))[axis]
            middle = train.mask(index).shape[axis] / 2
            farthest = max(farthest, zoom * max(middle - places.min(), places.max() + 1 - middle))
    assert 2 * farthest <= int(said[1]) < 2 * farthest + 64
