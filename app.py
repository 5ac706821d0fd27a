"""The demo. Run ``python app.py``; on a Space, Hugging Face does."""

from space.console import write_on_any_console
from space.memory import keep_few_heaps
from space.settings import check_settings
from space.uploads import end_in_order_when_told_to_stop

keep_few_heaps()
write_on_any_console()
check_settings()
end_in_order_when_told_to_stop()

from space.ui import demo_of_settings, launch

demo, options = demo_of_settings()

if __name__ == "__main__":
    launch(demo, options)
