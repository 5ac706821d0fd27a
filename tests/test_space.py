"""The Space as `publish --space` pushed it: taken from the Hub into an empty folder and a fresh environment."""

import subprocess
import venv

from gradio_client import Client, handle_file
from huggingface_hub import snapshot_download

from space.model.bundle import BUNDLED, open_bundle
from tests.bundles import BUNDLE
from tests.serving import running_app
from trainer.publish.push import connect, push_model, push_space

MODEL, SPACE = "alice/unet", "alice/demo"


def test_the_pushed_space_starts_and_answers(hub, hub_env, tmp_path):
    api = connect(MODEL, SPACE)
    push_model(api, BUNDLED, MODEL, "1.0.0", public=False)
    push_space(api, SPACE, BUNDLE, MODEL, "v1.0.0", public=False)
    folder = tmp_path / "space"
    snapshot_download(SPACE, repo_type="space", local_dir=folder)
    venv.create(tmp_path / "venv", with_pip=True)
    python = str(tmp_path / "venv" / "bin" / "python")
    install = [
        python,
        "-m",
        "pip",
        "install",
        "-q",
        "--no-compile",
        "--disable-pip-version-check",
        "-r",
        "requirements.txt",
    ]
    subprocess.run(install, cwd=folder, check=True, timeout=400)
    installed = subprocess.run([python, "-m", "pip", "list"], capture_output=True, text=True, check=True).stdout
    assert "tensorflow" not in installed
    assert "keras" not in installed

    variables = {name: variable.value for name, variable in api.get_space_variables(SPACE).items()}
    sample = open_bundle(BUNDLED, "").samples[0]
    with running_app(hub_env | variables, folder, python) as url:
        client = Client(url, verbose=False)
        figures = client.predict(
            handle_file(str(sample.image)), handle_file(str(sample.mask)), 0.5, api_name="/segment"
        )[-1]
        header = str(client.config["components"])
    assert 0 <= figures["dice"] <= 1
    assert f"{MODEL} at v1.0.0" in header
    assert "is not served" not in header
