"""Formats that LibreOffice converts (DOC, WPS, RTF), where it is installed.

Each conversion has a profile of its own that runs no macro, follows no link and knows no network, and a time limit.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
from functools import cache
from pathlib import Path

from extract.model import UnreadableError

SECONDS = 90
"""A conversion takes a few seconds; the first one of a machine somewhat more."""
MAX_CONVERTED = 200 * 1024 * 1024

_FILTER = "docx:MS Word 2007 XML"
_IMPORTS = {"doc": "MS Word 97", "rtf": "Rich Text Format"}
_NAMES = {"doc": "DOC/WPS", "rtf": "RTF"}
# a dead proxy: whatever a document links to is asked of nobody
_SETTINGS = {
    "/org.openoffice.Office.Common/Security/Scripting": {
        "MacroSecurityLevel": "3",
        "DisableMacrosExecution": "true",
        "DisableActiveContent": "true",
        "BlockUntrustedRefererLinks": "true",
        "CheckDocumentEvents": "false",
    },
    "/org.openoffice.Inet/Settings": {
        "ooInetProxyType": "2",
        "ooInetHTTPProxyName": "127.0.0.1",
        "ooInetHTTPProxyPort": "9",
        "ooInetHTTPSProxyName": "127.0.0.1",
        "ooInetHTTPSProxyPort": "9",
        "ooInetNoProxy": "",
    },
    "/org.openoffice.Office.Writer/Content/Update": {"Link": "0"},
    "/org.openoffice.Office.Calc/Content/Update": {"Link": "1"},
}


@cache
def _program() -> str | None:
    return shutil.which("soffice") or shutil.which("libreoffice")


@cache
def _without_network() -> tuple[str, ...]:
    """A prefix that runs a command in a network of its own, where the system allows that to anyone."""
    unshare = shutil.which("unshare")
    if unshare is None:
        return ()
    command = (unshare, "--user", "--map-current-user", "--net")
    tried = subprocess.run([*command, "true"], check=False, capture_output=True, timeout=10)
    return command if tried.returncode == 0 else ()


def convert(data: bytes, name: str, source: str) -> bytes:
    """Convert a document to DOCX with LibreOffice.

    Args:
        data: the document.
        name: its name, for sentences of errors.
        source: its format (`doc`, `rtf`).

    Raises:
        UnreadableError: `needs_libreoffice` where it is not installed, `timeout`, `too_large`, or `corrupt` if
            LibreOffice can make nothing of the file.
    """
    program = _program()
    if program is None:
        raise UnreadableError(
            "needs_libreoffice",
            f"文件 {name} 是 {_NAMES[source]} 格式，需要 LibreOffice 才能读取，而本机没有安装；"
            f"请安装 LibreOffice，或将文件另存为 DOCX 后重新提交",
        )
    made = _converted(
        program, data, name, source, [f"--infilter={_IMPORTS[source]}", "--convert-to", _FILTER]
    )
    if made is None:
        raise UnreadableError(
            "corrupt", f"文件 {name} 不是完整的 {_NAMES[source]} 文档，LibreOffice 无法打开；请重新获取"
        )
    return made


def print_pdf(data: bytes, name: str) -> bytes:
    """A DOCX of our own as PDF.

    Args:
        data: the document.
        name: its name, for sentences of errors.

    Raises:
        UnreadableError: `needs_libreoffice` where it is not installed, `timeout`, `too_large`, or `corrupt`.
    """
    program = _program()
    if program is None:
        raise UnreadableError("needs_libreoffice", "生成 PDF 需要 LibreOffice，而本机没有安装；DOCX 不受影响")
    made = _converted(program, data, name, "docx", ["--convert-to", "pdf"])
    if made is None:
        raise UnreadableError("corrupt", f"LibreOffice 未能把 {name} 转成 PDF")
    return made


def _converted(program: str, data: bytes, name: str, suffix: str, options: list[str]) -> bytes | None:
    """What LibreOffice makes of a document; null if it makes nothing.

    Raises:
        UnreadableError: `timeout` or `too_large`.
    """
    with tempfile.TemporaryDirectory(prefix="gongkai-office-", ignore_cleanup_errors=True) as folder:
        _write_profile(Path(folder, "profile"))
        given = Path(folder, f"document.{suffix}")
        given.write_bytes(data)
        command = [
            *_without_network(),
            program,
            f"-env:UserInstallation={Path(folder, 'profile').as_uri()}",
            "--headless",
            "--norestore",
            "--nolockcheck",
            *options,
            "--outdir",
            folder,
            str(given),
        ]
        _run(command, folder, name)
        made = given.with_suffix("." + options[-1].partition(":")[0])
        if not made.is_file():
            return None
        if made.stat().st_size > MAX_CONVERTED:
            raise UnreadableError("too_large", f"文件 {name} 转换后超过大小上限，未读取")
        return made.read_bytes()


def _run(command: list[str], folder: str, name: str) -> None:
    """Run a command in a session of its own, so that a time-out ends its children too."""
    environment = {key: value for key, value in os.environ.items() if "proxy" not in key.lower()}
    environment |= {"HOME": folder, "TMPDIR": folder}
    with subprocess.Popen(
        command,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        stdin=subprocess.DEVNULL,
        env=environment,
        start_new_session=True,
    ) as process:
        try:
            process.wait(SECONDS)
        except subprocess.TimeoutExpired as error:
            os.killpg(process.pid, signal.SIGKILL)
            raise UnreadableError(
                "timeout", f"文件 {name}：LibreOffice 在 {SECONDS} 秒内未能完成转换，未读取"
            ) from error


def _write_profile(profile: Path) -> None:
    items = "".join(
        f'<item oor:path="{path}"><prop oor:name="{key}" oor:op="fuse"><value>{value}</value></prop></item>'
        for path, settings in _SETTINGS.items()
        for key, value in settings.items()
    )
    user = profile / "user"
    user.mkdir(parents=True)
    (user / "registrymodifications.xcu").write_text(
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<oor:items xmlns:oor="http://openoffice.org/2001/registry" '
        f'xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">{items}'
        "</oor:items>",
        encoding="utf-8",
    )
