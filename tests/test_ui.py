"""The page's questions, payloads and texts, without a server."""

import asyncio
import base64
import dataclasses
import re
import shutil
import threading
import zipfile
import zlib
from concurrent.futures import ThreadPoolExecutor

import gradio as gr
import numpy as np
import pytest
from gradio.utils import get_upload_folder
from PIL import Image

from space.answer import Responder
from space.broken import broken
from space.disk import FULL
from space.errors import Choice as Reading
from space.errors import Lacking, Question
from space.metrics import count
from space.model.bundle import BUNDLED, open_bundle
from space.model.hub import Choice
from space.model.segmenter import Segmenter
from space.model.settings import Settings
from space.preprocessing import hu_to_grey
from space.readers import label_volume, reading
from space.real.table import the_table
from space.real.waiting import RealCases
from space.ui import LAUNCH, build_demo, texts
from space.ui.component import PAGE
from space.ui.handlers import Handlers
from space.ui.inside import describe_networks
from space.ui.network import Turnstile
from space.ui.payload import grid
from space.ui.pieces import UNKNOWN
from space.whole import distances
from tests import segs
from tests.bundles import add_network
from tests.volumes import SPACING, abdomen, dicom_bytes, nifti, slices, write

BUNDLE = open_bundle(BUNDLED, "bundled with this app")
RESPONDER = Responder(BUNDLE)
FIRST, SECOND = BUNDLE.samples[:2]
EVIL = "<script>alert(1)</script>"


def ask(name, question, responder=RESPONDER, real=None):
    """Ask as Gradio does for the page."""

    async def asking():
        handlers = Handlers(responder, Turnstile(), real or RealCases(the_table()))
        functions = {function.__name__: function for function in handlers.questions()}
        return await functions[name](question)

    return in_a_loop(asking())


def in_a_loop(work):
    """Run a coroutine in a thread: Playwright's loop, where a browser test came before, is this one's."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()


def example(name):
    return {"example": name}


def source(slice=None, mask=None, values="auto", label=None, order=None, place=None, turn=0):
    reading = {"values": values, "label": label, "order": order, "place": place, "turn": turn}
    return {"slice": slice, "mask": mask, **reading}


def wish(slice=None, mask=None, files=(), **reading):
    return source(slice, mask, **reading) | {"files": list(files)}


def look(level="encoder_0", cut=(), network=""):
    return source(example(FIRST.name)) | {"network": network, "level": level, "cut": list(cut)}


def unpacked(answer, entry):
    pixels = np.frombuffer(zlib.decompress(base64.b64decode(answer[entry])), np.uint8)
    return pixels.reshape(answer["height"], answer["width"])


@pytest.fixture
def uploads(tmp_path, monkeypatch):
    """A folder that uploads are written to; what is put into it is an upload."""
    folder = tmp_path / "uploads"
    folder.mkdir()
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(folder))
    assert get_upload_folder() == str(folder)
    return folder


def upload(folder, source, name):
    path = folder / name
    shutil.copy(source, path)
    return {"uploads": [str(path)]}


def test_an_example_is_opened_with_its_mask_and_its_counts_at_every_threshold():
    answer = ask("open_case", wish(example(FIRST.name), example(FIRST.name)))
    expected = RESPONDER.answer(FIRST.image, FIRST.mask, 0.5)
    assert expected.reference is not None
    assert np.array_equal(unpacked(answer, "pixels"), expected.pixels)
    assert np.array_equal(unpacked(answer, "probability"), expected.probability)
    assert np.array_equal(unpacked(answer, "mask") == 255, expected.reference)
    for level in (0, 1, 77, 128, 255):
        assert tuple(answer["table"][level]) == count(expected.probability >= level, expected.reference)
    assert (answer["example"], answer["hu"], answer["problem"]) == (FIRST.name, [-40, 310], "")


def test_a_changed_slice_is_what_the_network_finds_on_it():
    asked = source(example(SECOND.name), example(SECOND.name)) | {"change": "rotation", "strength": -20}
    opened = RESPONDER.open(SECOND.image, SECOND.mask)
    expected = broken(RESPONDER.segmenter, "CT", opened, None, "rotation", -20)
    answer = ask("broken", asked) | {"height": 512, "width": 512}
    assert np.array_equal(unpacked(answer, "pixels"), expected.predicted.pixels)
    assert np.array_equal(unpacked(answer, "probability"), expected.predicted.probability)
    assert expected.reference is not None
    assert np.array_equal(unpacked(answer, "mask"), expected.reference * 255)
    assert answer["table"] == expected.predicted.table.tolist()
    alone = ask("broken", asked | {"mask": None})
    assert (alone["mask"], alone["table"]) == (None, None)
    assert "goes from -40 to 40 degrees" in ask("broken", asked | {"strength": 90})["refused"]


@pytest.mark.parametrize("strength", [float("nan"), float("inf"), "20", None])
def test_a_strength_that_is_no_number_is_no_question(strength):
    asked = source(example(FIRST.name)) | {"change": "rotation", "strength": strength}
    assert ask("broken", asked) == {"refused": UNKNOWN}


def test_hu_are_named_only_where_they_are_known(uploads):
    grey = np.asarray(Image.open(FIRST.image)).astype(np.float64)
    raw = np.rint(grey * 350 / 255 - 40 + 1024).astype(np.uint16)
    Image.fromarray(raw).save(uploads / "raw.png")
    own = upload(uploads, SECOND.image, "own.png")
    assert ask("open_case", wish({"uploads": [str(uploads / "raw.png")]}))["hu"] == [-40, 310]
    assert ask("open_case", wish(own))["hu"] is None


@pytest.mark.parametrize("mask_first", [True, False])
def test_of_two_files_the_mask_is_the_one_that_is_no_slice(uploads, mask_first):
    image, mask = upload(uploads, SECOND.image, "a.png"), upload(uploads, SECOND.mask, "b.png")
    answer = ask("open_case", wish(files=[mask, image] if mask_first else [image, mask]))
    assert answer["source"] == {
        "slice": image,
        "mask": mask,
        "values": "auto",
        "label": None,
        "order": None,
        "place": 0,
        "turn": 0,
    }
    assert np.array_equal(unpacked(answer, "pixels"), np.asarray(Image.open(SECOND.image)))


def test_of_two_slices_the_second_is_no_mask(uploads):
    both = [upload(uploads, FIRST.image, "a.png"), upload(uploads, SECOND.image, "b.png")]
    answer = ask("open_case", wish(files=both))
    assert "The mask b.png has 256 values" in answer["problem"]
    assert (answer["name"], answer["mask"]) == ("a", None)


def test_one_file_is_taken_for_what_it_is_and_the_rest_of_the_case_stays(uploads):
    image, mask = upload(uploads, SECOND.image, "a.png"), upload(uploads, SECOND.mask, "b.png")
    with_mask = ask("open_case", wish(example(SECOND.name), None, [mask]))
    assert (with_mask["source"]["slice"], with_mask["source"]["mask"]) == (example(SECOND.name), mask)
    with_slice = ask("open_case", wish(example(FIRST.name), mask, [image]))
    assert (with_slice["source"]["slice"], with_slice["source"]["mask"]) == (image, mask)


def series(folder, number=5):
    """The uploads of a series: phantom abdomens of known HU, one file for a slice."""
    paths = write(folder, [dicom_bytes(dataset) for dataset in slices(abdomen(number))])
    return [{"uploads": [str(path)]} for path in paths]


def test_the_files_of_a_series_are_one_case_and_each_of_its_slices_can_be_asked_for(uploads):
    files = series(uploads)
    opened = ask("open_case", wish(files=files))
    assert (opened["place"], opened["places"], opened["name"]) == (2, 5, "CT series, slice 3 of 5")
    assert opened["source"]["slice"] == {"uploads": [file["uploads"][0] for file in files]}
    assert (opened["reading"], opened["hu"]) == ("", [-40, 310])
    for place in range(5):
        answer = ask("open_case", wish(**opened["source"] | {"place": place}))
        assert np.array_equal(unpacked(answer, "pixels"), hu_to_grey(abdomen(5)[place]))
        assert answer["source"] == opened["source"] | {"place": place}
    assert f"Slice 5 of 5, counted from the feet: 60 x 52 pixels of {SPACING[2]:.2f} x {SPACING[1]:.2f} mm" in " ".join(
        answer["notes"]
    )
    assert "no slice 5" in ask("open_case", wish(**opened["source"] | {"place": 5}))["refused"]
    looked = ask("look_inside", look() | {"slice": opened["source"]["slice"], "place": 4})
    assert looked["probability"] == answer["probability"]


def test_a_series_beside_a_picture_takes_it_for_no_mask_of_a_slice_that_nobody_named(uploads):
    answer = ask("open_case", wish(files=[*series(uploads), upload(uploads, SECOND.mask, "b.png")]))
    assert "The mask is one picture, but the scan has 5 slices" in answer["problem"]
    assert (answer["places"], answer["mask"]) == (5, None)


def test_of_a_series_and_a_label_volume_in_any_order_the_labels_are_the_mask(uploads):
    organ = abdomen(5) >= 700
    (uploads / "labels").write_bytes(nifti(organ.astype(np.uint8)).to_bytes())
    labels, files = {"uploads": [str(uploads / "labels")]}, series(uploads)
    for together in ([labels, *files], [*files, labels]):
        answer = ask("open_case", wish(files=together))
        assert (answer["source"]["mask"], answer["problem"]) == (labels, "")
        assert np.array_equal(unpacked(answer, "mask") == 255, organ[2])
    alone = ask("open_case", wish(**answer["source"] | {"mask": None, "files": [labels], "place": 1}))
    assert (alone["source"]["mask"], alone["place"]) == (labels, 1)


def test_files_that_are_no_one_case_are_refused(uploads):
    for name in ("a.nii", "b.nii", "c.nii"):
        (uploads / name).write_bytes(nifti(abdomen(5)).to_bytes())
    three = [{"uploads": [str(uploads / name)]} for name in ("a.nii", "b.nii", "c.nii")]
    assert "these are 3 files" in ask("open_case", wish(files=three))["refused"]


def test_more_than_two_pictures_are_slices_and_their_order_is_asked_for(uploads):
    pictures = [upload(uploads, FIRST.image, f"{number}.png") for number in range(3)]
    answer = ask("open_case", wish(files=pictures))
    assert answer["question"]["argument"] == "order"
    again = wish(**answer["source"] | {"order": "head-first", "place": 2})
    opened = ask("open_case", again)
    assert (opened["places"], opened["place"], opened["source"]["order"]) == (3, 2, "head-first")


@pytest.mark.parametrize("mask_first", [True, False])
def test_of_a_series_and_its_segmentation_the_segmentation_is_the_mask(uploads, mask_first):
    files = segs.series(abdomen(5))
    organ = abdomen(5) >= 700
    (uploads / "seg").write_bytes(segs.as_bytes(segs.segmentation(files, {"Pancreas": organ})))
    series = [{"uploads": [str(path)]} for path in write(uploads, [dicom_bytes(file) for file in files])]
    seg = {"uploads": [str(uploads / "seg")]}
    answer = ask("open_case", wish(files=[seg, *series] if mask_first else [*series, seg]))
    assert (answer["source"]["mask"], answer["problem"]) == (seg, "")
    assert np.array_equal(unpacked(answer, "mask") == 255, organ[2])
    with zipfile.ZipFile(uploads / "both.zip", "w") as archive:
        for path in (*(one["uploads"][0] for one in series), str(uploads / "seg")):
            archive.write(path)
    both = {"uploads": [str(uploads / "both.zip")]}
    answer = ask("open_case", wish(files=[both]))
    assert answer["source"]["slice"] == answer["source"]["mask"] == both
    assert np.array_equal(unpacked(answer, "mask") == 255, organ[2])
    assert "left out" not in " ".join(answer["notes"])


def test_a_mask_in_the_place_of_a_slice_is_named(uploads):
    answer = ask("open_case", wish(upload(uploads, SECOND.mask, "b.png")))
    assert "looks like a mask" in answer["refused"]


def test_a_mask_that_does_not_fit_costs_only_the_scores(uploads):
    Image.new("1", (64, 64)).save(uploads / "small.png")
    answer = ask("open_case", wish(example(FIRST.name), {"uploads": [str(uploads / "small.png")]}))
    assert "64 x 64 pixels" in answer["problem"]
    assert "shown without it" in answer["problem"]
    assert answer["table"] is None
    assert np.array_equal(unpacked(answer, "probability"), RESPONDER.answer(FIRST.image, None, 0.5).probability)


@pytest.mark.parametrize(("module", "reader"), [(label_volume, "read_labels"), (reading, "read_volume")])
@pytest.mark.parametrize("named", [True, False])
def test_what_the_computer_lacks_is_neither_the_files_fault_nor_kept(uploads, monkeypatch, module, reader, named):
    hu = abdomen(3 + 2 * named + (reader == "read_labels"))  # that nobody has read before
    (uploads / "ct.nii").write_bytes(nifti(hu).to_bytes())
    (uploads / "labels.nii").write_bytes(nifti((hu == hu.max()).astype(np.uint8)).to_bytes())
    files = [{"uploads": [str(uploads / name)]} for name in ("ct.nii", "labels.nii")]
    asked = wish(*files) if named else wish(files=files)

    def full(*_):
        raise Lacking(FULL)

    async def twice():
        handlers = Handlers(RESPONDER, Turnstile(), RealCases(the_table()))
        functions = {function.__name__: function for function in handlers.questions()}
        with monkeypatch.context() as disk:
            disk.setattr(module, reader, full)
            first = await functions["open_case"](asked)
        return first, await functions["open_case"](asked)

    first, second = in_a_loop(twice())
    assert first == {"refused": FULL}
    assert second["problem"] == ""
    assert second["table"]


def test_a_file_that_is_no_slice_is_refused_with_a_sentence(uploads):
    (uploads / "bad.png").write_text("no picture")
    for asked in (wish({"uploads": [str(uploads / "bad.png")]}), wish(files=[{"uploads": [str(uploads / "bad.png")]}])):
        assert "bad.png is not an image" in ask("open_case", asked)["refused"]


def test_an_upload_that_was_deleted_meanwhile_says_so(uploads):
    answer = ask("open_case", wish({"uploads": [str(uploads / "gone.png")]}))
    assert answer["gone"]
    assert "not there any more" in answer["refused"]


@pytest.mark.parametrize("place", ["/etc/hostname", "{uploads}/../secret.png", "secret.png", "{uploads}", ""])
def test_nothing_outside_the_upload_folder_is_read(uploads, place, monkeypatch):
    shutil.copy(FIRST.image, uploads.parent / "secret.png")
    monkeypatch.chdir(uploads.parent)
    path = place.format(uploads=uploads)
    for kind in ("slice", "mask"):
        asked = wish(example(FIRST.name)) | {kind: {"uploads": [path]}}
        assert ask("open_case", asked)["gone"]
    (uploads / "link.png").symlink_to(uploads.parent / "secret.png")
    assert ask("open_case", wish({"uploads": [str(uploads / "link.png")]}))["gone"]


NONSENSE = [
    None,
    3,
    "open",
    [],
    {},
    wish(example("phantom-99")),
    wish("phantom-1"),
    wish(example(FIRST.name)) | {"more": 1},
    wish({"example": FIRST.name, "uploads": 3}),
    wish(files=[example(FIRST.name)] * 3001),
    wish(example(FIRST.name), place="3"),
    wish(example(FIRST.name)) | {"slice": {"uploads": []}},
    wish(example(FIRST.name)) | {"values": None},
    wish(example(FIRST.name)) | {"label": ["x"]},
]


@pytest.mark.parametrize("asked", NONSENSE, ids=range(len(NONSENSE)))
def test_a_question_that_no_page_of_ours_asks_is_refused(asked):
    assert set(ask("open_case", asked)) == {"refused"}
    assert set(ask("look_inside", asked)) == {"refused"}


def test_what_breaks_in_the_app_is_a_sentence_for_the_person_and_a_trace_for_the_log(caplog):
    class Broken(Responder):
        def answer(self, *_, **__):
            raise ZeroDivisionError("inside")

    answer = ask("open_case", wish(example(FIRST.name)), Broken(BUNDLE))
    assert "try again" in answer["refused"]
    assert "inside" not in answer["refused"]
    assert "ZeroDivisionError" in caplog.text


def test_what_a_file_leaves_open_is_asked_and_the_answer_is_passed_on(uploads):
    class Asking(Responder):
        def answer(self, slice_path, mask_path, threshold, *, values="auto", label=None, **others):
            if mask_path and label is None:
                raise Question("Which one?", "label", (Reading("1", "the first"), Reading("2", "the second")))
            assert (label, values) == ("2", "auto")
            return super().answer(slice_path, mask_path, threshold)

    image, mask = upload(uploads, SECOND.image, "a.png"), upload(uploads, SECOND.mask, "b.png")
    responder = Asking(BUNDLE)
    answer = ask("open_case", wish(files=[mask, image]), responder)
    choices = [{"value": "1", "words": "the first"}, {"value": "2", "words": "the second"}]
    assert answer["question"] == {"text": "Which one?", "argument": "label", "choices": choices}
    again = wish(**answer["source"] | {"label": "2"})
    assert ask("open_case", again, responder)["source"] == answer["source"] | {"label": "2", "place": 0}


def test_who_asks_when_too_many_wait_hears_how_long_and_keeps_the_place():
    async def crowd():
        turnstile, gate = Turnstile(waiting=3, at_a_time=2), threading.Event()
        handlers = Handlers(RESPONDER, turnstile, RealCases(the_table()))
        functions = {function.__name__: function for function in handlers.questions()}
        others = [asyncio.create_task(turnstile.run(gate.wait)) for _ in range(5)]
        await asyncio.sleep(0.1)
        mine = wish(example(FIRST.name), example(FIRST.name)) | {"ticket": "mine"}
        sent_away = await functions["open_case"](mine)
        place = await functions["waiting"]({"ticket": "mine"})
        gate.set()
        await asyncio.gather(*others)
        return sent_away, place, await functions["open_case"](mine), await functions["waiting"]({"ticket": "mine"})

    sent_away, place, answer, later = in_a_loop(crowd())
    assert sent_away["full"]["ahead"] == place["ahead"] == 3
    assert sent_away["full"]["seconds"] > 0
    assert answer["name"] == FIRST.name
    assert "ticket" not in answer["source"]
    assert later == {"ahead": 0, "seconds": 0.0}


@pytest.mark.parametrize(("name", "more"), [("distances", {}), ("take_home", {"kind": "nifti"})])
def test_who_asks_for_the_whole_case_has_a_place_in_each_of_its_turns(uploads, name, more):
    tickets = []

    class Noted(Turnstile):
        async def run(self, work, ticket=""):
            tickets.append(ticket)
            return await super().run(work, ticket)

    (uploads / "ct.nii").write_bytes(nifti(abdomen(5)).to_bytes())
    case = source({"uploads": [str(uploads / "ct.nii")]}) | {"level": 128, "ticket": "mine"} | more

    async def asking():
        handlers = Handlers(Responder(BUNDLE), Noted(), RealCases(the_table()))
        functions = {function.__name__: function for function in handlers.questions()}
        return await functions[name](case)

    assert "refused" not in in_a_loop(asking())
    assert tickets == 4 * ["mine"]


def test_the_same_question_of_several_people_is_answered_once(uploads, monkeypatch):
    first, second = upload(uploads, SECOND.image, "a.png"), upload(uploads, FIRST.image, "b.png")
    runs, run = [], RESPONDER.segmenter.predict

    def counted(*given, **settings):
        runs.append(given)
        return run(*given, **settings)

    monkeypatch.setattr(RESPONDER.segmenter, "predict", counted)

    async def a_class():
        handlers = Handlers(RESPONDER, Turnstile(), RealCases(the_table()))
        functions = {function.__name__: function for function in handlers.questions()}
        levels = [look() | source(piece, place=0) | {"ticket": str(n)} for n in range(6) for piece in (first, second)]
        return await asyncio.gather(*(functions["look_inside"](asked) for asked in levels))

    answers = in_a_loop(a_class())
    assert len(runs) == 2
    assert answers[0] == answers[2] == answers[10]
    assert answers[0] != answers[1]


def test_who_asks_what_another_is_waiting_for_holds_nobody_up(uploads, monkeypatch):
    new, gate, run = upload(uploads, SECOND.image, "a.png"), threading.Event(), RESPONDER.open

    def slow(given, *others, **settings):
        if "a.png" in str(given):
            gate.wait()
        return run(given, *others, **settings)

    async def a_class():
        handlers = Handlers(RESPONDER, Turnstile(at_a_time=2), RealCases(the_table()))
        functions = {function.__name__: function for function in handlers.questions()}
        asked = wish(new)
        same = [asyncio.ensure_future(functions["open_case"](asked | {"ticket": str(n)})) for n in range(5)]
        await asyncio.sleep(0.2)
        other = await asyncio.wait_for(functions["open_case"](wish(example(FIRST.name))), 20)
        gate.set()
        return other, await asyncio.gather(*same)

    monkeypatch.setattr(RESPONDER, "open", slow)
    other, same = in_a_loop(a_class())
    assert other["name"] == FIRST.name
    assert all(answer == same[0] for answer in same)


def test_inside_describes_the_network_that_is_loaded():
    answer = ask("look_inside", look())
    levels = {level["name"]: level for level in answer["levels"]}
    settings, skips = BUNDLE.contract.settings, BUNDLE.contract.slice.levels
    assert len(levels) == 2 * skips + 1
    widths = [settings.stem, *settings.filters]
    assert [levels[f"encoder_{depth}"]["filters"] for depth in range(skips)] == widths[:-1]
    assert levels["bottleneck"]["filters"] == widths[-1]
    assert answer["stem"] is bool(settings.stem)
    crop = BUNDLE.contract.slice.crop
    assert [levels[f"decoder_{depth}"]["width"] for depth in range(skips)] == [crop >> depth for depth in range(skips)]
    assert answer["field"] == {"top": 96, "left": 96, "height": 320, "width": 320}


def test_inside_shows_every_map_of_a_level():
    for level in ask("look_inside", look())["levels"]:
        shown = ask("look_inside", look(level["name"]))["grid"]
        assert shown["count"] == level["filters"]
        assert shown["rows"] * shown["columns"] >= level["filters"] > (shown["rows"] - 1) * shown["columns"]


def test_cutting_a_skip_connection_changes_the_probability():
    expected = RESPONDER.answer(FIRST.image, None, 0.5).probability
    shape = {"height": 512, "width": 512}
    whole, cut = (unpacked(ask("look_inside", look(cut=skips)) | shape, "probability") for skips in ([], [2]))
    assert np.array_equal(whole, expected)
    assert not np.array_equal(cut, expected)


def test_a_view_that_cannot_be_falls_back_to_the_whole_network():
    answer = ask("look_inside", look("nowhere", [1, 99, -1, 1]))
    assert (answer["level"], answer["cut"]) == ("encoder_0", [1])


@pytest.fixture(scope="module")
def with_network(tmp_path_factory):
    """The bundled model with a further network, that never had skip connections."""
    folder = shutil.copytree(BUNDLED, tmp_path_factory.mktemp("networks") / "bundle")
    settings = Settings(filters=(4, 6, 8), stem=0, convolutions=1, dropout=0.0, normalization="layer", skips="none")
    add_network(folder, "plain", settings)
    return Responder(open_bundle(folder, ""))


def test_another_network_is_looked_into_and_has_no_skips_to_cut(with_network):
    answer = ask("look_inside", look("decoder_0", [0], network="plain"), with_network)
    assert (answer["network"], answer["skips"], answer["cut"], answer["stem"]) == ("plain", 0, [], False)
    assert [(level["name"], level["filters"]) for level in answer["levels"]] == [
        ("encoder_0", 4), ("encoder_1", 6), ("bottleneck", 8), ("decoder_1", 6), ("decoder_0", 4),
    ]  # fmt: skip
    own = next(network for network in with_network.bundle.networks if network.name == "plain")
    hu = RESPONDER.open(FIRST.image, None).case.hu[0]
    found = Segmenter(own.model).predict(hu, maps=True)
    assert found.maps is not None
    assert answer["grid"] == grid(found.maps["decoder_0"])
    assert np.array_equal(unpacked(answer | {"height": 512, "width": 512}, "probability"), found.probability)


def test_an_unknown_network_falls_back_to_the_bundles_own(with_network):
    assert ask("look_inside", look(network="gone"), with_network)["network"] == ""


def test_every_further_network_is_run_on_the_slice_and_counted_against_its_mask(with_network):
    asked = source(example(FIRST.name), example(FIRST.name))
    found = ask("compare", asked, with_network)["found"]
    assert set(found) == {network.name for network in BUNDLE.networks} | {"plain"}
    reference = RESPONDER.open(FIRST.image, FIRST.mask).reference
    assert reference is not None
    probability = unpacked(found["plain"] | {"height": 512, "width": 512}, "probability")
    for level in (0, 100, 128, 255):
        assert found["plain"]["table"][level] == list(count(probability >= level, reference[0]))
    assert ask("compare", source(example(FIRST.name)), with_network)["found"]["plain"]["table"] is None
    assert ask("compare", asked)["found"].keys() == RESPONDER.networks.keys()


def test_the_networks_are_named_with_what_they_cost_and_reached(with_network):
    own, plain = describe_networks(with_network.bundle)[:: len(with_network.bundle.networks)]
    dice = BUNDLE.metrics.test.mean_volume_dice
    assert (own["name"], plain["name"], plain["title"]) == ("", "plain", "Plain")
    assert own["facts"] == f"{BUNDLE.contract.parameters:,} parameters, 30 epochs. Test Dice {dice:.3f}."
    assert plain["facts"].endswith(f"3 epochs. Test Dice {dice:.3f}.")


def test_large_maps_are_halved_by_their_mean():
    maps = np.arange(4 * 200 * 202, dtype=np.float32).reshape(4, 200, 202)
    shown = grid(maps)
    assert (shown["height"], shown["width"], shown["columns"], shown["rows"]) == (100, 101, 2, 2)


def test_every_tab_has_its_button_and_its_panel():
    config = build_demo(Choice(RESPONDER, "")).get_config_file()
    panels = [one["props"].get("elem_id") or "" for one in config["components"] if one["type"] == "column"]
    buttons = re.findall(r'aria-controls="([\w-]+)"', (PAGE / "page.html").read_text())
    assert buttons == [name for name in panels if name.startswith("panel-")]


def test_what_comes_from_outside_is_text_and_never_html():
    bundle = dataclasses.replace(
        BUNDLE,
        source=EVIL,
        contract=BUNDLE.contract.model_copy(update={"name": EVIL, "version": EVIL, "target": EVIL}),
    )
    assert EVIL not in texts.header(bundle, EVIL)
    assert EVIL not in texts.notice(EVIL)


def test_the_page_says_why_another_model_is_served():
    config = build_demo(Choice(RESPONDER, "The model you/unet at main is not served: the Hub hangs.")).get_config_file()
    assert "The model you/unet at main is not served" in str(config["components"])


def test_nothing_is_recorded_and_files_are_deleted():
    demo = build_demo(Choice(RESPONDER, ""))
    assert demo.analytics_enabled is False
    assert demo.delete_cache == (600, 600)
    assert LAUNCH["run_history"] is False


def test_real_slices_are_not_called_synthetic():
    assert "synthetic" in texts.examples_origin(BUNDLE.samples)
    people = [BUNDLE.samples[0].model_copy(update={"synthetic": False})]
    assert "real people" in texts.examples_origin(people)
    assert "none" in texts.examples_origin([])


@pytest.mark.parametrize("name", ["font", "font_mono"])
def test_no_font_is_fetched_from_elsewhere(name):
    theme = LAUNCH["theme"]
    assert isinstance(theme, gr.themes.Base)
    assert "http" not in str(getattr(theme, f"_{name}_css", "")) + str(getattr(theme, name))


def test_of_a_volume_the_page_gets_tables_cuts_values_and_distances_as_python_has_them(uploads):
    hu = abdomen(5)
    (uploads / "ct.nii").write_bytes(nifti(hu).to_bytes())
    (uploads / "labels.nii").write_bytes(nifti((hu == hu.max()).astype(np.uint8)).to_bytes())
    piece, mask = ({"uploads": [str(uploads / name)]} for name in ("ct.nii", "labels.nii"))
    answer = ask("open_case", wish(piece, mask, place=1))
    assert answer["spacing"] == pytest.approx(SPACING)
    assert answer["millilitres"] == pytest.approx(np.prod(SPACING) / 1000)
    assert answer["beyond"] is True
    case = answer["source"]
    opened = RESPONDER.open(uploads / "ct.nii", uploads / "labels.nii")
    assert ask("tables", case | {"places": [3, 1]})["tables"] == opened.tables([3, 1]).tolist()
    assert ask("tables", case | {"places": [1]})["tables"] == [answer["table"]]
    seen = ask("plane", case | {"plane": "sagittal", "at": 7})
    assert (seen["height"], seen["width"]) == (5, hu.shape[1])
    assert np.array_equal(unpacked(seen, "pixels"), hu_to_grey(hu[::-1, :, 7]))
    values = zlib.decompress(base64.b64decode(ask("values", case)["hu"]))
    assert np.array_equal(np.frombuffer(values, "<i2"), hu[1].ravel())
    assert ask("distances", case | {"level": 1}) == distances(opened, 1)._asdict()
    assert not opened.missing


@pytest.mark.parametrize(
    ("question", "more"),
    [
        ("tables", {"places": [5]}),
        ("tables", {"places": [-1]}),
        ("tables", {"places": []}),
        ("tables", {"places": [0] * 17}),
        ("plane", {"plane": "axial", "at": 0}),
        ("plane", {"plane": "coronal", "at": 512}),
        ("distances", {"level": 256}),
    ],
)
def test_a_slice_a_plane_or_a_level_that_is_not_there_is_refused(question, more):
    assert set(ask(question, source(example(FIRST.name)) | more)) == {"refused"}
