"""What may be reached is decided before any connection, and the connection goes to what was decided on."""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Any

import pytest

from extract.pull.web import AddressPolicy, Outcome, WebClient, system_resolver
from extract.pull.web.problem import Problem
from tests.pull_site import PullSite, resolve

PRIVATE = [
    "0.0.0.0",
    "0.1.2.3",
    "10.0.0.1",
    "100.64.0.1",
    "100.100.100.200",
    "127.0.0.1",
    "127.255.255.254",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.8",
    "192.0.2.1",
    "192.168.1.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::10.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:169.254.169.254",
    "::ffff:0:10.0.0.1",
    "64:ff9b::10.0.0.1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::1",
    "2001::1",
    "2001:db8::1",
    "2002:7f00:1::1",
    "2002:a9fe:a9fe::",
    "2400:cb00::5efe:10.0.0.1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fec0::1",
    "ff02::1",
    "no address",
]
PUBLIC = ["1.2.4.8", "114.114.114.114", "172.32.0.1", "2400:3200::1", "::ffff:1.2.4.8", "64:ff9b::1.2.4.8"]


@pytest.mark.parametrize("address", PRIVATE)
def test_what_is_not_public_is_refused(address: str) -> None:
    assert not AddressPolicy().permits(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_what_is_public_is_permitted(address: str) -> None:
    assert AddressPolicy().permits(address)


def test_a_source_may_name_networks() -> None:
    policy = AddressPolicy.of(["10.1.0.0/16", "fd00::/8"])
    assert policy.permits("10.1.2.3")
    assert policy.permits("::ffff:10.1.2.3")
    assert policy.permits("fd00::1")
    assert not policy.permits("10.2.0.1")
    assert not policy.permits("169.254.169.254")


def test_one_private_address_among_public_ones_is_enough() -> None:
    with pytest.raises(Problem) as caught:
        AddressPolicy().resolve("a.test", 80, lambda h, p: ["1.2.4.8", "10.0.0.1"])
    assert caught.value.error_class == "private_address"
    assert caught.value.outcome is Outcome.refused


def test_no_address_and_no_such_name() -> None:
    def unknown(host: str, port: int) -> list[str]:
        raise socket.gaierror(socket.EAI_NONAME, "unknown")

    def later(host: str, port: int) -> list[str]:
        raise socket.gaierror(socket.EAI_AGAIN, "later")

    for resolver, again in ((unknown, False), (later, True), (lambda h, p: [], False)):
        with pytest.raises(Problem) as caught:
            AddressPolicy().resolve("a.test", 80, resolver)
        assert (caught.value.error_class, caught.value.retry) == ("unresolved", again)


def test_the_system_knows_the_loopback() -> None:
    assert "127.0.0.1" in system_resolver("127.0.0.1", 80)


class Sockets:
    """Notes every attempt to connect."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.tried: list[Any] = []
        real = socket.create_connection

        def noting(address: Any, *arguments: Any, **settings: Any) -> socket.socket:
            self.tried.append(address)
            return real(address, *arguments, **settings)

        monkeypatch.setattr(socket, "create_connection", noting)


REFUSED_HOSTS = [
    "10.0.0.7",
    "169.254.169.254",
    "127.0.0.99",
    "2130706531",
    "0x7f.99",
    "[::1]",
    "[::ffff:169.254.169.254]",
    "[64:ff9b::a9fe:a9fe]",
    "metadata.test",
    "office.test",
    "internal.test",
    "rebound.test",
]


@pytest.mark.parametrize("host", REFUSED_HOSTS)
@pytest.mark.parametrize("respect_robots", [True, False])
def test_refused_before_any_connection(
    host: str,
    respect_robots: bool,
    site: PullSite,
    client: Callable[..., WebClient],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sockets = Sockets(monkeypatch)
    own = (host if host.startswith("[") else "*.test", "10.0.0.7", "169.254.169.254", "127.0.0.99")
    fetch = client(own_hosts=own, respect_robots=respect_robots).get(f"http://{host}:{site.port}/secret")
    assert (fetch.outcome, fetch.error_class) == (Outcome.refused, "private_address")
    assert fetch.status is None
    assert sockets.tried == []
    assert site.internal_log == []


def test_the_connection_goes_to_the_address_that_was_checked(
    site: PullSite, client: Callable[..., WebClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name that changes its mind between decision and connection: there is one look-up, and it counts."""
    sockets = Sockets(monkeypatch)
    answers = iter([["127.0.0.10"], ["127.0.0.99"], ["127.0.0.99"]])
    looked_up: list[str] = []

    def fickle(host: str, port: int) -> list[str]:
        looked_up.append(host)
        return next(answers)

    asker = client(resolver=fickle)
    assert asker.get(site.faults["gbk"].address).outcome is Outcome.fetched
    assert {address[0] for address in sockets.tried} == {"127.0.0.10"}
    assert len(looked_up) == len(sockets.tried)
    # The server ends the connection: the next one is resolved, and judged, anew.
    asker.get(site.faults["until_close"].address)
    assert asker.get(site.faults["gbk"].address).error_class == "private_address"
    assert site.internal_log == []


def test_the_next_address_is_tried_if_the_first_does_not_answer(
    site: PullSite, client: Callable[..., WebClient]
) -> None:
    asker = client(resolver=lambda h, p: ["127.0.0.60", *resolve(h, p)])
    assert asker.get(site.faults["gbk"].address).outcome is Outcome.fetched


def test_proxies_of_the_environment_are_not_used(
    site: PullSite, client: Callable[..., WebClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.99:{site.port}")
    assert client().get(site.faults["gbk"].address).outcome is Outcome.fetched
    assert site.internal_log == []


def test_a_proxy_that_is_set_is_used_and_addresses_are_judged_all_the_same(
    site: PullSite, client: Callable[..., WebClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    sockets = Sockets(monkeypatch)
    asker = client(
        proxy=f"http://proxy.invalid:{site.port}",
        resolver=lambda h, p: ["127.0.0.10"] if h == "proxy.invalid" else resolve(h, p),
        allowed_private=("127.0.0.2/32", "127.0.0.10/32"),
    )
    assert asker.get(f"http://office.test:{site.port}/x").error_class == "private_address"
    assert sockets.tried == []
    assert asker.get(site.sections["numbered"].documents[0]).outcome is Outcome.gone  # no proxy, that site
    assert {address[0] for address in sockets.tried} == {"127.0.0.10"}
