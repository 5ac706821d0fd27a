"""The page: its header, its tabs, the API behind it."""

from pathlib import Path
from typing import Any

import gradio as gr
from starlette.middleware import Middleware

from space.answer import Responder
from space.model.hub import Choice
from space.real.table import the_table
from space.real.waiting import RealCases
from space.ui import texts
from space.ui.addresses import McpAtHome, open_no_addresses
from space.ui.api import add_api
from space.ui.component import HEAD, PAGE, PLAYGROUND, STYLES, as_control, part, start_page
from space.ui.dice import build_dice
from space.ui.doors import OpenDoors
from space.ui.draw import build_draw
from space.ui.engine import LIST, PLACE, EngineFiles, ServedEngine
from space.ui.fresh import FreshModules
from space.ui.handlers import Handlers
from space.ui.headers import SecurityHeaders
from space.ui.inside import build_inside
from space.ui.lacking import InWords
from space.ui.learned import build_learned
from space.ui.lessons import build_lessons
from space.ui.network import Turnstile
from space.ui.preview import LinkPreview, preview
from space.ui.results import build_results
from space.ui.segment import build_segment, pictures
from space.ui.share import build_share

LARGEST_UPLOAD_MB = 200  # a zip of 400 slices, or a volume
SESSIONS = 128  # Gradio keeps the page's configuration, 85 kB, for each; every call of the API is one
# no web fonts: the page must look the same offline
FONT = ("system-ui", "-apple-system", "Segoe UI", "Roboto", "sans-serif")
THEME = gr.themes.Base(primary_hue="sky", neutral_hue="slate", font=FONT, font_mono=("monospace",)).set(
    body_text_color_subdued="*neutral_600",
    body_text_color_subdued_dark="*neutral_300",
    # white on it must have a contrast of 4.5, and what marks the focus one of 3 on either background
    button_primary_background_fill="*primary_700",
    button_primary_background_fill_dark="*primary_700",
    button_primary_background_fill_hover="*primary_800",
    button_primary_background_fill_hover_dark="*primary_800",
    color_accent="*primary_600",
)
LAUNCH: dict[str, Any] = {
    "theme": THEME,
    "head": HEAD,
    "css_paths": [Path(__file__).parent / "style.css", *STYLES],
    "footer_links": ["api"],
    "run_history": False,  # it would keep people's slices in their browser
    "max_file_size": f"{LARGEST_UPLOAD_MB}mb",
    "mcp_server": True,
    "ssr_mode": False,
    "show_error": False,
    "enable_monitoring": False,  # else anybody can read how often what was asked
    "app_kwargs": {"middleware": [Middleware(SecurityHeaders), Middleware(FreshModules)]},
}


def launch_options(responder: Responder) -> dict[str, Any]:
    """Return how Gradio is to serve the page of a bundle."""
    middleware = [
        *LAUNCH["app_kwargs"]["middleware"],
        Middleware(InWords),
        Middleware(ServedEngine, engine=EngineFiles(responder)),
        Middleware(LinkPreview, about=preview(responder)),
        Middleware(OpenDoors),
        Middleware(McpAtHome),
    ]
    return LAUNCH | {"app_kwargs": {"middleware": middleware}}


def build_demo(choice: Choice) -> gr.Blocks:
    """Return the app for a bundle, with its first sample segmented already."""
    responder = choice.responder
    bundle = responder.bundle
    turnstile = Turnstile()
    handlers = Handlers(responder, turnstile, RealCases(the_table()))
    if bundle.samples:
        handlers.example(bundle.samples[0].name)  # whoever opens the page finds it segmented
    gr.set_static_paths([PAGE, PLAYGROUND])
    open_no_addresses()

    with gr.Blocks(
        title=f"Find the {bundle.contract.target}", analytics_enabled=False, delete_cache=(600, 600)
    ) as demo:
        gr.HTML(as_control(texts.header(bundle, choice.problem), "header"), elem_id="header", elem_classes="around")
        data = {
            "threshold": bundle.contract.threshold,
            "examples": pictures(bundle),
            "largest": LARGEST_UPLOAD_MB,
            "engine": PLACE + LIST,
        }
        start_page(data, handlers.questions(), elem_id="page")
        with _panel("segment"):
            build_segment(bundle)
        with _panel("lessons"):
            build_lessons(bundle)
        with _panel("draw"):
            build_draw(bundle.contract)
        with _panel("dice"):
            build_dice()
        with _panel("inside"):
            build_inside(bundle)
        with _panel("learned"):
            build_learned(bundle)
        with _panel("playground"):
            part("playground", elem_id="playground")
        with _panel("results"):
            build_results(responder)
        build_share(bundle.contract)
        explanation = as_control(texts.explanation(bundle.contract), "explanation")
        gr.HTML(explanation, elem_id="explanation", elem_classes="around")
        add_api(responder, bundle.contract.threshold, turnstile)
    demo.state_session_capacity = SESSIONS
    return demo


def _panel(tab: str) -> gr.Column:
    """Return the place of a tab's content; `space/page/page.js` shows one of them."""
    return gr.Column(elem_id=f"panel-{tab}", elem_classes="tab-panel")
