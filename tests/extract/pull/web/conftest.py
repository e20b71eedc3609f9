"""A small test site for the module, and clients that ask it without pauses."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from extract.pull.web import Operator, Politeness, WebClient
from tests.pull_site import OWN_HOSTS, SITE_NETWORK, PullSite, resolve

ClientMaker = Callable[..., WebClient]

IMPATIENT: dict[str, Any] = {
    "delay_seconds": 0,
    "backoff_seconds": 0.01,
    "timeout_seconds": 0.5,
    "total_seconds": 1.0,
    "retries": 2,
    "max_bytes": 4 * 2**20,
    "allowed_private": (SITE_NETWORK,),
}


_SITE_HOSTS = (
    *OWN_HOSTS,
    "*.yunhai.test",
    "*.lingang.test",
    "*.baiyu.test",
    "*.songping.test",
    "*.beidu.test",
    "*.shiqiao.test",
    "*.hekou.test",
    "secure.test",
    "other.test",
)


@pytest.fixture(scope="package")
def site() -> Iterator[PullSite]:
    with PullSite(reports=100) as running:
        yield running


@pytest.fixture
def client() -> Iterator[ClientMaker]:
    """Makes clients; politeness by keyword, `own_hosts`, `archive`, `clock`, `sleep` and so on go to the client."""
    with ExitStack() as stack:

        def make(**settings: Any) -> WebClient:
            polite = {
                **IMPATIENT,
                **{k: settings.pop(k) for k in list(settings) if k in Politeness.model_fields},
            }
            settings.setdefault("own_hosts", _SITE_HOSTS)
            settings.setdefault("resolver", resolve)
            asker = WebClient(Politeness(**polite), Operator("测试单位", "test@example.invalid"), **settings)
            return stack.enter_context(asker)

        yield make
