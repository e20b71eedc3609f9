"""The hosts of the test site: names that resolve to addresses of the loopback network, without any DNS."""

from __future__ import annotations

from collections.abc import Sequence

SITE_NETWORK = "127.0.0.0/26"
"""Where the site's own hosts are; the internal service is outside of it."""
INTERNAL_ADDRESS = "127.0.0.99"

ADDRESSES: dict[str, tuple[str, ...]] = {
    "www.yunhai.test": ("127.0.0.2",),
    "xxgk.lingang.test": ("127.0.0.3",),
    "zwgk.baiyu.test": ("127.0.0.4",),
    "files.baiyu.test": ("127.0.0.5",),
    "www.songping.test": ("127.0.0.6",),
    "search.beidu.test": ("127.0.0.7",),
    "map.shiqiao.test": ("127.0.0.8",),
    "bulk.hekou.test": ("127.0.0.9",),
    "faults.test": ("127.0.0.10",),
    "files.faults.test": ("127.0.0.11",),
    "closed.test": ("127.0.0.12",),
    "busy.test": ("127.0.0.14",),
    "foreign.test": ("127.0.0.13",),
    "internal.test": (INTERNAL_ADDRESS,),
    "rebound.test": ("127.0.0.10", INTERNAL_ADDRESS),
    "metadata.test": ("169.254.169.254",),
    "office.test": ("10.0.0.7",),
    "dead.test": ("127.0.0.60",),
}
"""Host -> IP addresses. At `dead.test` nothing listens; `metadata.test` and `office.test` must never be connected to."""

SERVED = tuple(
    name for name, found in ADDRESSES.items() if found[0].startswith("127.") and name != "dead.test"
)


def resolve(host: str, port: int) -> Sequence[str]:
    """A resolver for `WebClient`: knows the site's hosts and no other.

    Raises:
        OSError: another name.
    """
    if host not in ADDRESSES:
        raise OSError(f"no such host: {host}")
    return ADDRESSES[host]
