"""The page: its header, its tabs, the API behind it."""

from pathlib import Path
from typing import Any

import gradio as gr

from space.model.hub import Choice
from space.ui import texts
from space.ui.api import add_api
from space.ui.component import PAGE, STYLES
from space.ui.dice import build_dice
from space.ui.draw import build_draw
from space.ui.inside import build_inside
from space.ui.learned import build_learned
from space.ui.results import build_results
from space.ui.segment import build_segment
from space.ui.share import build_share

# no web fonts: the page must look the same offline
FONT = ("system-ui", "-apple-system", "Segoe UI", "Roboto", "sans-serif")
THEME = gr.themes.Base(primary_hue="sky", neutral_hue="slate", font=FONT, font_mono=("monospace",)).set(
    body_text_color_subdued="*neutral_600", body_text_color_subdued_dark="*neutral_300"
)
LAUNCH: dict[str, Any] = {
    "theme": THEME,
    "css_paths": [Path(__file__).parent / "style.css", *STYLES],
    "head_paths": PAGE / "head.html",
    "footer_links": ["api"],
    "run_history": False,  # it would keep people's slices in their browser
    "max_file_size": "40mb",
    "mcp_server": True,
    "ssr_mode": False,
    "show_error": False,
}
# how the page's own events run: unlisted, without a veil over the page, two at a time on the network
QUIET: dict[str, Any] = {
    "api_visibility": "private",
    "show_progress": "hidden",
    "concurrency_limit": 2,
    "concurrency_id": "network",
}


def build_demo(choice: Choice) -> gr.Blocks:
    """Return the app for a bundle, with its first sample segmented already."""
    responder = choice.responder
    bundle = responder.bundle
    # the examples are served from where they are, and never deleted
    gr.set_static_paths([path for sample in bundle.samples for path in (sample.image, sample.mask)])

    with gr.Blocks(
        title=f"Find the {bundle.contract['target']}", analytics_enabled=False, delete_cache=(600, 600)
    ) as demo:
        gr.HTML(texts.header(bundle, choice.problem), elem_id="header")
        with gr.Tabs(elem_id="tabs") as tabs:
            with gr.Tab("Segment", id="segment") as segment:
                files, loaded = build_segment(demo, responder, QUIET)
            with gr.Tab("Draw", id="draw") as draw:
                build_draw(draw, responder, files, QUIET)
            with gr.Tab("Dice", id="dice") as dice:
                build_dice()
            with gr.Tab("Inside", id="inside") as inside:
                build_inside(inside, responder, files, QUIET)
            with gr.Tab("Training", id="learned") as learned:
                build_learned(bundle)
            with gr.Tab("Results", id="results") as results:
                build_results(responder, QUIET)
        every_tab = (segment, draw, dice, inside, learned, results)
        names = [str(tab.id) for tab in every_tab]
        for tab in every_tab:
            tab.select(None, js=f"() => window.findThePancreas.tabOpened('{tab.id}')", api_visibility="private")

        def open_tab(request: gr.Request) -> Any:
            asked = request.query_params.get("tab")
            return gr.Tabs(selected=asked) if asked in names else gr.skip()

        loaded.then(open_tab, None, tabs, **QUIET)  # a tab that opens takes the slice that is there
        build_share()
        with gr.Accordion("What am I looking at?", open=False, elem_id="explanation"):
            gr.Markdown(texts.EXPLANATION)
        add_api(responder, float(bundle.contract["threshold"]))
    demo.queue(max_size=64)
    return demo
