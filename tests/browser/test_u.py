"""The figure of the U: its lines against the model files' own, and what a pixel has seen, against Keras' gradients."""

import keras
import numpy as np
import onnx
import pytest
import tensorflow as tf
from playwright.sync_api import expect

from space.model.bundle import BUNDLED, open_bundle
from space.model.wiring import read_wiring
from space.preprocessing import ABDOMEN
from space.ui.inside import drawn
from tests.test_wiring import NETWORKS
from trainer.export import export_onnx, slice_geometry
from trainer.unet import build_unet, divisor, levels

BUNDLE = open_bundle(BUNDLED, "")
MODELS = {"": BUNDLED / "model.onnx"} | {network.name: network.model for network in BUNDLE.networks}
SIDE = 48
TRIES = 24


@pytest.fixture(scope="module")
def opened(browser, app_url):
    page = browser.new_page(viewport={"width": 1280, "height": 1000})
    page.goto(f"{app_url}/?tab=inside")
    page.locator("#network form.is-shown").wait_for()
    yield page
    page.close()


def own_network(page):
    """Look into the page's own network, whichever another test has chosen."""
    page.locator("#network [data-network='']").dispatch_event("click")
    page.locator("#network form[aria-busy=false][data-shown^='/']").wait_for()


@pytest.mark.parametrize("network", MODELS)
def test_every_line_is_an_arrow_of_the_model_file_and_none_is_missing(opened, network):
    if network:
        opened.locator(f"#network [data-network='{network}']").click()
        opened.locator(f"#network form[data-shown^='{network}/']").wait_for()
    arrows = read_wiring(onnx.load(MODELS[network]))
    wires = opened.locator("#network .wires [data-wire]").evaluate_all("all => all.map((one) => one.dataset.wire)")
    assert sorted(wires) == sorted(f"{arrow.source}>{arrow.target}" for arrow in arrows)
    lengths = opened.locator("#network .wires [data-wire]").evaluate_all(
        "all => all.map((one) => one.getTotalLength())"
    )
    assert min(lengths) > 5
    for arrow in arrows:
        steps = opened.locator(f"#network [data-arrow='{arrow.source}>{arrow.target}'] .step")
        names = steps.evaluate_all("all => all.map((one) => one.dataset.operation)")
        assert names == [one.name for one in arrow.operations]


def test_the_pictures_are_those_of_the_maps_that_vary_most(opened):
    from tests.browser.test_network import HU, SEGMENTER

    found = SEGMENTER.predict(HU, maps=True).maps
    assert found is not None
    own_network(opened)
    for level in SEGMENTER.levels:
        spread = [float(np.std(one)) for one in found[level.name]]
        tiles = opened.locator(f"#network .level [data-point='{level.name}']")
        assert int(tiles.get_attribute("data-strongest")) == min(4, level.filters)
        best = int(np.argmax(spread))
        opened.locator(f"#network [data-level={level.name}]").click()
        opened.locator(f"#network form[data-shown='/{level.name}/']").wait_for()
        expect(opened.locator("#network figcaption")).to_contain_text(f"Map {best + 1} of {level.filters}")


def test_a_pixel_under_the_pointer_says_what_it_has_seen_and_where_it_goes(opened):
    own_network(opened)
    opened.locator("#network .u [data-point=encoder_1]").hover(position={"x": 26, "y": 26})
    said = opened.locator("#network .region-says")
    # a kernel of 5 in steps of 2, then two of 3: 5 + 2 * 2 + 2 * 2
    expect(said).to_contain_text("A pixel of Down 2 has seen 13 x 13 pixels of the slice")
    expect(opened.locator("#network .u .region.seen")).to_have_count(1)  # on the slice; nothing else leads here
    opened.locator("#network .u [data-point=encoder_0]").hover(position={"x": 26, "y": 26})
    # a kernel of 3 before, one of 3 and one of 1 behind
    expect(said).to_contain_text("has seen 3 x 3 pixels of the slice, and has a part in 3 x 3 pixels of the answer")
    opened.locator("#network .drawing h3").hover()
    expect(opened.locator("#network .region")).to_have_count(0)


def test_the_keyboard_reaches_the_middle_of_a_level(opened):
    own_network(opened)
    opened.locator("#network [data-level=encoder_1]").focus()
    opened.keyboard.press("Tab")
    opened.keyboard.press("Shift+Tab")
    expect(opened.locator("#network .region-says")).to_contain_text("A pixel of Down 2 has seen 13 x 13")


def plain(settings):
    """A network whose pixels all have a part: positive weights, nothing normalised but where a norm sees everything."""
    model = build_unet(settings, lesson=True)
    for layer in model.layers:
        if isinstance(layer, keras.layers.Conv2D | keras.layers.Conv2DTranspose):
            layer.set_weights([np.abs(part) + 0.01 if part.ndim > 1 else part for part in layer.get_weights()])
    points = [f"encoder_{depth}" for depth in range(len(levels(settings)) - 1)]
    maps = {name: model.output[name] for name in [*points, "bottleneck", *(p.replace("en", "de") for p in points)]}
    logit = model.get_layer("probability").input
    return keras.Model(model.inputs, {**maps, "logit": logit})


def bounds(changed):
    rows, columns = np.where(changed)
    return [int(rows.min()), int(columns.min()), int(rows.max()) + 1, int(columns.max()) + 1]


WITHOUT_NORM = {
    "stem": NETWORKS["default"].but(normalization="none"),
    "article": NETWORKS["article-today"].but(normalization="none"),
    "no skips": NETWORKS["no-skips"].but(normalization="none"),
    "layer norm": NETWORKS["article-today"],
}


@pytest.mark.parametrize("name", WITHOUT_NORM)
def test_regions_are_where_kerass_gradients_are_not_0(opened, app_url, name, tmp_path):
    settings = WITHOUT_NORM[name]
    keras.utils.set_random_seed(7)  # else a network now and then rounds most of the change away
    export_onnx(build_unet(settings), settings, ABDOMEN, slice_geometry(settings), tmp_path / "model.onnx")
    arrows = [drawn(arrow) for arrow in read_wiring(onnx.load(tmp_path / "model.onnx"))]
    side = -(-SIDE // divisor(settings)) * divisor(settings)
    depths = len(levels(settings)) - 1
    strides = {f"{kind}coder_{depth}": 2**depth for depth in range(depths) for kind in ("en", "de")}
    strides |= {"bottleneck": 2**depths}
    look = {"levels": [{"name": key, "height": side // n, "width": side // n} for key, n in strides.items()]}
    network = plain(settings)
    draw = np.random.default_rng(7)
    gain = [tf.ones(depths)] if settings.skips == "joined" else []

    def run(image):
        return network([tf.constant(image, tf.float32), *gain] if gain else tf.constant(image, tf.float32))

    for point, stride in strides.items():
        row, column = (int(draw.integers(0, side // stride)) for _ in range(2))
        part = np.zeros((side, side), bool)
        for _ in range(TRIES):  # a pooling lets one of four pixels through
            image = tf.Variable(draw.random((1, side, side, 1)), dtype=tf.float32)
            with tf.GradientTape() as tape:
                answer = network([image, *gain] if gain else image)[point]
                one = tf.reduce_sum(answer[0, :, row, column])
            part |= tape.gradient(one, image).numpy()[0, :, :, 0] != 0
        region = {"top": row, "left": column, "bottom": row + 1, "right": column + 1}
        found = opened.evaluate(FIELDS, [arrows, look, point, region, "seenBy"])["slice"]
        assert [found[key] for key in ("top", "left", "bottom", "right")] == bounds(part), point

    # where a pixel of the slice goes: what changes if it becomes the brightest of all, so that every pooling lets it
    # through; a norm over all pixels would then leave nothing else
    push = 0.3 if settings.normalization == "layer" else 1e3
    for _ in range(4):
        row, column = (int(draw.integers(0, side)) for _ in range(2))
        image = draw.random((1, side, side, 1))
        brighter = image.copy()
        brighter[0, row, column] += push
        changed = run(image)["logit"].numpy() != run(brighter)["logit"].numpy()
        region = {"top": row, "left": column, "bottom": row + 1, "right": column + 1}
        found = opened.evaluate(FIELDS, [arrows, look, "slice", region, "reachedFrom"])["probability"]
        box = [found[key] for key in ("top", "left", "bottom", "right")]
        if settings.normalization == "layer":  # far away a change of the mean can be lost in rounding
            assert box == [0, 0, side, side]
            top, left, bottom, right = bounds(changed[0, :, :, 0])
            assert min(bottom - top, right - left) > 0.8 * side
        else:
            assert box == bounds(changed[0, :, :, 0])


FIELDS = """async ([arrows, look, point, region, way]) => {
  const built = performance.getEntriesByType("resource").find(({ name }) => name.endsWith("/built/gradio.js"));
  const fields = await import(new URL("../fields.js", built.name).href);
  return fields[way](arrows, fields.sizesOf(look), point, region);
}"""
