"""The services that alerts are sent to, played on loopback: each checks what the real one checks and answers as it does."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import socketserver
import ssl
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

TOKEN = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
SIGNING = "SECdingtalkfeishusigningsecret0001"
KEY = "693a91f6-7aaa-4bc4-97a0-0ec2sifa5aaa"
SLACK_PATH = "/services/T1JJ3T3L2/B1DEFGHIJ/TIiajkdnlazkcOXrIdevi7FQ"
TEAMS_PATH = (
    "/workflows/643e69f83c8944438d68119179a10a64/triggers/manual/paths/invoke"
    "?api-version=2016-06-01&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0&sig=KODuebWbDGYFr0z0eu-6Rj8aUKz7108W3wrNJZxFE5A"
)
DINGTALK_PATH = f"/robot/send?access_token={TOKEN}"
FEISHU_PATH = f"/open-apis/bot/v2/hook/{KEY}"
WECOM_PATH = f"/cgi-bin/webhook/send?key={KEY}"


@dataclass
class Posted:
    """A request as it came."""

    path: str
    query: dict[str, list[str]]
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


Answer = tuple[int, str]


def dingtalk(posted: Posted) -> Answer:
    """Status 200 whatever is wrong, as the service does."""
    query, said = posted.query, posted.json
    if posted.path != "/robot/send" or query["access_token"] != [TOKEN]:
        return 200, '{"errcode":300001,"errmsg":"token is not exist"}'
    timestamp = query.get("timestamp", [""])[0]
    wanted = hmac.new(SIGNING.encode(), f"{timestamp}\n{SIGNING}".encode(), hashlib.sha256).digest()
    if not timestamp or abs(time.time() * 1000 - int(timestamp)) > 3_600_000:
        return 200, '{"errcode":310000,"errmsg":"sign not match, timestamp"}'
    if base64.b64decode(query["sign"][0]) != wanted:
        return 200, '{"errcode":310000,"errmsg":"sign not match"}'
    if said["msgtype"] != "markdown" or not said["markdown"]["title"] or not said["markdown"]["text"]:
        return 200, '{"errcode":400105,"errmsg":"unsupported msgtype"}'
    if len(posted.body) > 20_000:
        return 200, '{"errcode":460101,"errmsg":"message too long, exceed 20000 bytes"}'
    return 200, '{"errcode":0,"errmsg":"ok"}'


def feishu(posted: Posted) -> Answer:
    said = posted.json
    if posted.path != urlsplit(FEISHU_PATH).path:
        return 400, '{"code":19001,"msg":"param invalid: incoming webhook access token invalid"}'
    key = f"{said.get('timestamp')}\n{SIGNING}".encode()
    wanted = base64.b64encode(hmac.new(key, b"", hashlib.sha256).digest()).decode()
    if said.get("sign") != wanted or abs(time.time() - int(said["timestamp"])) > 3600:
        return (
            200,
            '{"code":19021,"msg":"sign match fail or timestamp is not within one hour from current time"}',
        )
    card = said["card"]
    good = said["msg_type"] == "interactive" and card["header"]["title"]["tag"] == "plain_text"
    if not good or card["elements"][0]["tag"] != "markdown" or len(posted.body) > 20_000:
        return 200, '{"code":9499,"msg":"Bad Request","data":{}}'
    return 200, '{"code":0,"msg":"success","data":{},"StatusCode":0,"StatusMessage":"success"}'


def wecom(posted: Posted) -> Answer:
    said = posted.json
    if posted.path != "/cgi-bin/webhook/send" or posted.query.get("key") != [KEY]:
        return 200, '{"errcode":93000,"errmsg":"invalid webhook url"}'
    if said["msgtype"] != "markdown" or len(said["markdown"]["content"].encode()) > 4096:
        return 200, '{"errcode":40058,"errmsg":"markdown.content exceed max length 4096"}'
    return 200, '{"errcode":0,"errmsg":"ok"}'


def slack(posted: Posted) -> Answer:
    said = posted.json
    if posted.path != SLACK_PATH:
        return 404, "no_service"
    for block in said["blocks"]:
        limit = {"header": 150, "section": 3000}[block["type"]]
        kind = {"header": "plain_text", "section": "mrkdwn"}[block["type"]]
        if block["text"]["type"] != kind or not 0 < len(block["text"]["text"]) <= limit:
            return 400, "invalid_blocks"
    if not said["text"] or len(said["blocks"]) > 50:
        return 400, "no_text"
    return 200, "ok"


def teams(posted: Posted) -> Answer:
    said = posted.json
    if posted.path != urlsplit(TEAMS_PATH).path or posted.query != parse_qs(urlsplit(TEAMS_PATH).query):
        return 401, '{"error":{"code":"DirectApiAuthorizationRequired"}}'
    [attachment] = said["attachments"]
    card = attachment["content"]
    good = said["type"] == "message" and card["type"] == "AdaptiveCard" and card["body"]
    if not good or attachment["contentType"] != "application/vnd.microsoft.card.adaptive":
        return 400, '{"error":{"code":"InvalidRequestContent"}}'
    return 202, ""


def webhook(posted: Posted) -> Answer:
    stamp = posted.headers.get("x-gongkai-timestamp", "")
    signed = hmac.new(SIGNING.encode(), stamp.encode() + b"." + posted.body, hashlib.sha256).hexdigest()
    if posted.headers.get("x-gongkai-signature") != f"sha256={signed}":
        return 401, "wrong signature"
    return (200, "") if posted.json["version"] == 1 else (400, "")


class Service(AbstractContextManager["Service"]):
    """A service on loopback.

    Attributes:
        posted: what came.
        answer: what it says; may be exchanged.
    """

    def __init__(self, answer: Callable[[Posted], Answer], certificate: Path | None = None) -> None:
        self.posted: list[Posted] = []
        self.answer = answer
        service = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers["Content-Length"])
                parts = urlsplit(self.path)
                headers = {name.lower(): value for name, value in self.headers.items()}
                got = Posted(parts.path, parse_qs(parts.query), headers, self.rfile.read(length))
                service.posted.append(got)
                status, text = service.answer(got)
                content = text.encode()
                self.send_response(status)
                if 300 <= status < 400:
                    self.send_header("Location", text)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the library's word
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._scheme = "http"
        if certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
            self._scheme = "https"
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def address(self, path: str) -> str:
        return f"{self._scheme}://127.0.0.1:{self._server.server_port}{path}"

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


@dataclass
class Mail:
    """A mail as the server took it."""

    sender: str = ""
    recipients: list[str] = field(default_factory=list)
    content: bytes = b""
    user: str | None = None


class SmtpServer(AbstractContextManager["SmtpServer"]):
    """A mail server on loopback that wants a user and a password."""

    USER, PASSWORD = "alarm@yunhai.gov.test", "pass:w/ord-0001"

    def __init__(self) -> None:
        self.mails: list[Mail] = []
        server = self

        class Handler(socketserver.StreamRequestHandler):
            def say(self, line: str) -> None:
                self.wfile.write(f"{line}\r\n".encode())

            def handle(self) -> None:
                mail = Mail()
                self.say("220 mail.yunhai.gov.test ESMTP")
                while raw := self.rfile.readline():
                    line = raw.decode().strip()
                    verb = line.upper()
                    if verb.startswith("EHLO"):
                        self.say("250-mail.yunhai.gov.test")
                        self.say("250 AUTH PLAIN")
                    elif verb.startswith("AUTH PLAIN"):
                        _, user, password = base64.b64decode(line.split()[2]).decode().split("\0")
                        good = (user, password) == (server.USER, server.PASSWORD)
                        mail.user = user if good else None
                        self.say("235 ok" if good else "535 authentication failed")
                    elif verb.startswith("MAIL FROM") and mail.user:
                        mail.sender = line[10:].split()[0].strip("<>")
                        self.say("250 ok")
                    elif verb.startswith("RCPT TO") and mail.user:
                        mail.recipients.append(line[8:].split()[0].strip("<>"))
                        self.say("250 ok")
                    elif verb == "DATA":
                        self.say("354 go on")
                        lines = []
                        while (part := self.rfile.readline()) != b".\r\n":
                            lines.append(part.removeprefix(b".") if part.startswith(b"..") else part)
                        mail.content = b"".join(lines)
                        server.mails.append(mail)
                        mail = Mail(user=mail.user)
                        self.say("250 ok")
                    elif verb == "QUIT":
                        self.say("221 bye")
                        return
                    else:
                        self.say("530 no" if verb.startswith(("MAIL", "RCPT")) else "250 ok")

        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        self.port = int(self._server.server_address[1])

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
