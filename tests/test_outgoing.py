"""While it starts and works, the app reaches nothing but itself and the Hub: every connection is noted."""

import json

from gradio_client import Client, handle_file
from huggingface_hub import HfApi

from space.model.bundle import BUNDLED, open_bundle
from tests.serving import running_app

SAMPLE = open_bundle(BUNDLED, "").samples[0]
NOTING = """
import json, os, sys
noted = open(os.environ["NOTED"], "a", buffering=1)
def note(event, arguments):
    if event == "socket.connect":
        noted.write(json.dumps([event, repr(arguments[1])]) + "\\n")
    elif event == "socket.getaddrinfo":
        noted.write(json.dumps([event, str(arguments[0])]) + "\\n")
sys.addaudithook(note)
"""


def test_the_app_reaches_itself_and_the_hub_alone(hub, hub_env, tmp_path):
    HfApi().create_repo("alice/unet")
    HfApi().upload_folder(repo_id="alice/unet", folder_path=BUNDLED)
    (tmp_path / "sitecustomize.py").write_text(NOTING)
    noted = tmp_path / "noted"
    env = hub_env | {"PYTHONPATH": str(tmp_path), "NOTED": str(noted), "MODEL_REPO": "alice/unet"}
    for name in ("GRADIO_ANALYTICS_ENABLED", "HF_HUB_DISABLE_TELEMETRY"):
        env.pop(name)  # the app switches them off by itself
    with running_app(env) as url:
        client = Client(url, verbose=False)
        client.predict(handle_file(str(SAMPLE.image)), None, 0.5, api_name="/segment")
    seen = [json.loads(line) for line in noted.read_text().splitlines()]
    reached = {where for event, where in seen if event == "socket.connect"}
    own = int(url.rpartition(":")[2])
    assert str(("127.0.0.1", hub.port)) in reached, "nothing is noted"
    assert reached <= {str(("127.0.0.1", port)) for port in (own, hub.port)}
    assert {name for event, name in seen if event == "socket.getaddrinfo"} <= {"127.0.0.1", "localhost", "None"}
