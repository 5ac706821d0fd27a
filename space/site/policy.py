"""What the page without a server may do. The page itself says it, in a meta element, as it has no server that could.

It reaches no address but its own folder's; as one file, none at all. Nothing here keeps it out of another page: a meta
element cannot say `frame-ancestors`.
"""

import base64
import hashlib
from collections.abc import Iterable

PARTS = {
    "default-src": "'none'",
    "style-src": "'unsafe-inline'",  # its styles stand in it, and parts move by their `style`
    "base-uri": "'none'",
    "form-action": "'none'",
}
IN_A_FOLDER = {
    # the decoders' modules are made of text, as their files are packed
    "script-src": "'self' blob: 'wasm-unsafe-eval'",
    "connect-src": "'self'",
    "img-src": "'self' data: blob:",
    "worker-src": "'self' blob:",
}
IN_ONE_FILE = {
    # a page that was opened from a folder may import nothing but text that is its own address
    "script-src": "data: blob: 'wasm-unsafe-eval'",
    "connect-src": "data: blob:",
    "img-src": "data: blob:",
    "worker-src": "blob:",
}


def policy(parts: dict[str, str], scripts: Iterable[str]) -> str:
    """Return the element, which must stand before all that it is about.

    Parameters
    ----------
    parts : `IN_A_FOLDER` or `IN_ONE_FILE`.
    scripts : the texts of those scripts that stand in the page, which no others may join.
    """
    hashes = [f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'" for text in scripts]
    all_parts = PARTS | parts | {"script-src": " ".join([parts["script-src"], *hashes])}
    content = "; ".join(f"{kind} {sources}" for kind, sources in all_parts.items())
    return f'<meta http-equiv="Content-Security-Policy" content="{content}">'
