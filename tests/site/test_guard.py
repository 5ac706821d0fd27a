"""What browsers say where there is no memory, and where damaged data led a decoder astray."""

from tests.site.node import run

NO_MEMORY = [
    "Array buffer allocation failed",  # Chrome
    "WebAssembly.Memory(): could not allocate memory",
    "WebAssembly.instantiate(): Out of memory: Cannot allocate Wasm memory for new instance",
    "allocation size overflow",  # Firefox
    "out of memory",
    "Out of memory",  # Safari
]
ASTRAY = [
    "memory access out of bounds",  # Chrome
    "index out of bounds",  # Firefox
    "Out of bounds memory access (evaluating 'n.apply(null,arguments)')",  # Safari
    "unreachable",
]


def test_a_decoder_that_was_led_astray_does_not_lack_memory():
    assert run("memory.mjs", given=NO_MEMORY + ASTRAY) == [True] * len(NO_MEMORY) + [False] * len(ASTRAY)
