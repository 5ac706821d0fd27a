"""Proxies that the environment (or Windows, or macOS) names, put so that the libraries can start with them.

Gradio asks its own address when it starts, and the Hub's client asks the Hub; both through httpx. That sends even
a request to this machine to the proxy, and ends the program where it cannot read a proxy or an exception.
"""

import ipaddress
import os
import re
import sys
import urllib.request
from urllib.parse import urlsplit

from space.settings import SERVER_NAME

THIS_MACHINE = ("localhost", "127.0.0.1", "::1")
SCHEMES = ("http", "https", "socks5", "socks5h")


def settle_proxies() -> None:
    """Rewrite the lower-case variables, which count where both cases are set; must run before httpx is imported."""
    found = urllib.request.getproxies()
    for kind in ("http", "https", "all"):
        if kind in found:
            os.environ[f"{kind}_proxy"] = usable(found[kind])
            if not os.environ[f"{kind}_proxy"]:
                print(
                    f"The proxy in {kind.upper()}_PROXY is not used: it must be written as http://host:port, "
                    "or with https, socks5 or socks5h in place of http.",
                    file=sys.stderr,
                )
    if found:
        exceptions = [*found.get("no", "").split(","), *THIS_MACHINE, SERVER_NAME]
        entries = [entry.strip().strip("[]") for entry in exceptions]
        os.environ["no_proxy"] = ",".join(dict.fromkeys(filter(readable, entries)))


def usable(proxy: str) -> str:
    """Return the address of a proxy as httpx takes it; empty if it cannot use it."""
    address = proxy if "://" in proxy else f"http://{proxy}"
    address = re.sub(r"^socks://", "socks5://", address)  # as GNOME writes it
    try:
        parts = urlsplit(address)
        known = parts.scheme in SCHEMES and parts.hostname and parts.port != 0
    except ValueError:  # its port or its IPv6 address makes no sense
        return ""
    return address if known else ""


def readable(exception: str) -> bool:
    """Return whether httpx can read an entry of NO_PROXY: an IP address, or something without further colons."""
    try:
        return bool(ipaddress.ip_address(exception))
    except ValueError:
        return exception.isascii() and bool(re.fullmatch(r"[^\s:]+(:\d+)?", exception))
