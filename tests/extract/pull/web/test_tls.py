"""Certificates are verified, always: for the name that was asked for, at the address that was checked."""

from __future__ import annotations

import datetime
import gzip
import select
import socket
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from extract.pull.web import Outcome, WarcArchive, WebClient, read_archived

ADDRESS = "127.0.0.20"


@dataclass
class Secured:
    """A server with a certificate for `secure.test`, signed by an office's own authority."""

    port: int
    authority: Path
    asked_names: list[str | None]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *unused: object) -> None:
        pass

    def do_GET(self) -> None:
        content = b"" if self.path == "/robots.txt" else b"secured"
        self.send_response(404 if self.path == "/robots.txt" else 200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients that refuse the certificate are what is tested."""


@pytest.fixture(scope="module")
def secured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Secured]:
    folder = tmp_path_factory.mktemp("tls")
    authority = _certificates(folder)
    server = _Server((ADDRESS, 0), _Handler)
    names: list[str | None] = []
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "site.pem", folder / "site.key")
    context.sni_callback = lambda _, name, __: names.append(name)
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    thread = Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    yield Secured(server.server_address[1], authority, names)
    server.shutdown()
    server.server_close()


def _certificates(folder: Path) -> Path:
    now = datetime.datetime.now(datetime.UTC)

    def issue(
        subject: str, issuer: str, key: ec.EllipticCurvePrivateKey, signer: ec.EllipticCurvePrivateKey
    ) -> bytes:
        is_authority = subject == issuer
        builder = (
            x509.CertificateBuilder()
            .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, subject)]))
            .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(days=1))
            .not_valid_after(now + datetime.timedelta(days=1))
            .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
        )
        if not is_authority:
            builder = builder.add_extension(
                x509.SubjectAlternativeName([x509.DNSName(subject)]), critical=False
            )
        return builder.sign(signer, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)

    authority_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    authority = folder / "authority.pem"
    authority.write_bytes(issue("authority", "authority", authority_key, authority_key))
    (folder / "site.pem").write_bytes(issue("secure.test", "authority", key, authority_key))
    (folder / "site.key").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return authority


def _client(client: Callable[..., WebClient], **settings: object) -> WebClient:
    return client(resolver=lambda h, p: [ADDRESS], timeout_seconds=5, total_seconds=5, **settings)


def test_an_unknown_authority_is_not_trusted(secured: Secured, client: Callable[..., WebClient]) -> None:
    for respect_robots in (True, False):
        fetch = _client(client, respect_robots=respect_robots).get(f"https://secure.test:{secured.port}/x")
        assert (fetch.outcome, fetch.error_class) == (Outcome.failed, "tls")
        assert fetch.attempts == (0 if respect_robots else 1), "not repeated"


def test_the_environment_does_not_make_it_trusted(
    secured: Secured, client: Callable[..., WebClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(secured.authority))
    assert _client(client).get(f"https://secure.test:{secured.port}/x").error_class == "tls"


def test_an_authority_of_the_office_may_be_named(
    secured: Secured, client: Callable[..., WebClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    secured.asked_names.clear()
    fetch = _client(client, ca_file=secured.authority).get(f"https://secure.test:{secured.port}/x")
    assert fetch.answer is not None
    assert fetch.answer.content == b"secured"
    assert set(secured.asked_names) == {"secure.test"}, "the name goes with the connection, not the address"
    monkeypatch.setenv("GONGKAI_CA_FILE", str(secured.authority))
    assert _client(client).get(f"https://secure.test:{secured.port}/x").outcome is Outcome.fetched


def test_a_certificate_for_another_name(secured: Secured, client: Callable[..., WebClient]) -> None:
    asker = _client(client, ca_file=secured.authority)
    assert asker.get(f"https://other.test:{secured.port}/x").error_class == "tls"


class _Tunnel(BaseHTTPRequestHandler):
    """A proxy that does nothing but CONNECT, and notes to where."""

    def log_message(self, *unused: object) -> None:
        pass

    def do_CONNECT(self) -> None:
        self.server.asked.append(self.path)  # type: ignore[attr-defined]
        with socket.create_connection((ADDRESS, int(self.path.rpartition(":")[2]))) as there:
            self.wfile.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            pair = {self.connection: there, there: self.connection}
            while True:
                for ready in select.select(list(pair), [], [])[0]:
                    data = ready.recv(65536)
                    if not data:
                        return
                    pair[ready].sendall(data)


def test_through_a_proxy_the_certificate_is_still_the_sites(
    secured: Secured, client: Callable[..., WebClient], tmp_path: Path
) -> None:
    proxy = _Server(("127.0.0.21", 0), _Tunnel)
    proxy.asked = []  # type: ignore[attr-defined]
    Thread(target=proxy.serve_forever, args=(0.05,), daemon=True).start()
    try:
        port = proxy.server_address[1]
        with WarcArchive(tmp_path, "L1", "s") as archive:
            asker = client(
                ca_file=secured.authority,
                proxy=f"http://127.0.0.21:{port}",
                resolver=lambda h, p: [h if h[0].isdigit() else ADDRESS],
                timeout_seconds=5,
                total_seconds=5,
                allowed_private=(f"{ADDRESS}/32",),
                archive=archive,
            )
            answer = asker.get(f"https://secure.test:{secured.port}/x").answer
            other = asker.get(f"https://other.test:{secured.port}/x")
    finally:
        proxy.shutdown()
        proxy.server_close()
    assert answer is not None
    assert answer.content == b"secured"
    assert proxy.asked[0] == f"secure.test:{secured.port}"  # type: ignore[attr-defined]
    assert other.error_class == "tls"
    assert answer.archived is not None
    assert read_archived(tmp_path, answer.archived) == b"secured"
    assert b"CONNECT" not in gzip.decompress((tmp_path / "L1" / "s-00001.warc.gz").read_bytes())


@pytest.mark.parametrize("proxy", ["squid:3128", "socks5://a.test:1", "http://user:secret@a.test/"])
def test_an_impossible_proxy_is_said_at_once(proxy: str, client: Callable[..., WebClient]) -> None:
    with pytest.raises(ValueError, match="GONGKAI_PROXY"):
        client(proxy=proxy)


def test_no_tls_where_tls_was_asked_for(site, client: Callable[..., WebClient]) -> None:  # type: ignore[no-untyped-def]
    fetch = client(respect_robots=False, retries=0).get(f"https://faults.test:{site.port}/nb/gbk.html")
    assert fetch.error_class == "tls"
