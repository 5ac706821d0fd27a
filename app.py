"""The demo. Run ``python app.py``; on a Space, Hugging Face does."""

from space.uploads import keep_uploads_to_this_process

keep_uploads_to_this_process()

from space.model.hub import choose_model
from space.settings import MODEL_REPO, MODEL_REVISION, PULL_SECONDS
from space.ui import LAUNCH, build_demo

demo = build_demo(choose_model(MODEL_REPO, MODEL_REVISION, PULL_SECONDS))

if __name__ == "__main__":
    demo.launch(**LAUNCH, state_session_capacity=demo.state_session_capacity)
