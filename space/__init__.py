"""The demo: everything that the app needs, without TensorFlow.

Importing this package switches off what its libraries would report to their makers, and settles the proxies. They
read these variables when they are imported, so it must come first.
"""

import os

from space.proxies import settle_proxies

os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")  # ONNX Runtime reports by default since 1.29
os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
settle_proxies()
