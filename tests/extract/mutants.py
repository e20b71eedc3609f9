"""Damaged copies of good reports, and the numbers that an independent extraction finds in them."""

from __future__ import annotations

import contextlib
import html
import io
import random
import re
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

from lxml import html as lxml_html

SAMPLES = Path(__file__).parents[2] / "samples"
KINDS = (".txt", ".md", ".html", ".docx", ".pdf")
_FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
_STREAM = re.compile(rb"stream\r?\n(.*?)\r?\nendstream", re.DOTALL)


def originals() -> list[tuple[str, bytes]]:
    return [
        (p.name, p.read_bytes())
        for p in sorted(SAMPLES.iterdir())
        if p.suffix in KINDS and p.name != "README.md"
    ]


def mutants(
    count: int, seed: int, sources: list[tuple[str, bytes]] | None = None
) -> Iterator[tuple[str, bytes]]:
    """Names and bytes of mutants, the same for the same seed; formats take turns."""
    chance = random.Random(seed)
    by_kind: dict[str, list[tuple[str, bytes]]] = {}
    for name, data in sources or originals():
        by_kind.setdefault(Path(name).suffix, []).append((name, data))
    kinds = sorted(by_kind)
    for number in range(count):
        name, data = chance.choice(by_kind[kinds[number % len(kinds)]])
        donor = chance.choice(by_kind[kinds[number % len(kinds)]])[1]
        yield f"{number:05d}-{name}", _mutated(Path(name).suffix, data, donor, chance)


def _mutated(kind: str, data: bytes, donor: bytes, chance: random.Random) -> bytes:
    inside = chance.random() < 0.7
    if kind == ".docx" and inside:
        return _inside_docx(data, donor, chance)
    if kind == ".pdf" and inside:
        return _inside_pdf(data, chance)
    return damaged(data, donor, chance)


def damaged(data: bytes, donor: bytes, chance: random.Random) -> bytes:
    """Bytes flipped, cut out, doubled or spliced with another document, one to four times."""
    out = bytearray(data)
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(max(1, len(out)))
        length = min(int(chance.expovariate(1 / 400)) + 1, len(out) - at)
        way = chance.randrange(7)
        if way == 0:
            for _ in range(chance.randint(1, 30)):
                out[chance.randrange(len(out))] ^= 1 << chance.randrange(8)
        elif way == 1:
            del out[at : at + length]
        elif way == 2:
            out[at:at] = out[at : at + length]
        elif way == 3:
            start = chance.randrange(max(1, len(donor)))
            out[at : at + length] = donor[start : start + length]
        elif way == 4:
            digits = [i for i, byte in enumerate(out) if 48 <= byte <= 57]
            for position in chance.sample(digits, min(len(digits), chance.randint(1, 20))):
                out[position] = chance.choice(b"0123456789 -/,.\t|<\n")
        elif way == 5:
            out[at : at + length] = bytes(chance.randrange(256) for _ in range(length))
        else:
            del out[at:]
        if not out:
            return bytes(data[:1])
    return bytes(out)


def _inside_docx(data: bytes, donor: bytes, chance: random.Random) -> bytes:
    """Damage the XML and pack it again: the package itself stays whole."""
    part = "word/document.xml"
    with zipfile.ZipFile(io.BytesIO(donor)) as archive:
        other = archive.read(part)
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(data)) as archive,
        zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as target,
    ):
        for name in archive.namelist():
            content = archive.read(name)
            if name == part:
                content = (
                    _texts_changed(content, chance)
                    if chance.random() < 0.6
                    else damaged(content, other, chance)
                )
            target.writestr(name, content)
    return buffer.getvalue()


def _texts_changed(content: bytes, chance: random.Random) -> bytes:
    """Change what stands in elements and drop or double whole elements, so that the XML often stays well-formed."""
    parts = re.split(rb"(<w:(?:tc|tr|p|r)\b.*?</w:(?:tc|tr|p|r)>)", content, flags=re.DOTALL)
    for _ in range(chance.randint(1, 6)):
        at = chance.randrange(len(parts))
        way = chance.randrange(3)
        if way == 0 and at % 2:
            parts[at] = b""
        elif way == 1 and at % 2:
            parts[at] *= 2
        else:
            parts[at] = re.sub(rb"(?<=>)\d+(?=<)", lambda _: b"%d" % chance.randrange(1000), parts[at])
    return b"".join(parts)


def _inside_pdf(data: bytes, chance: random.Random) -> bytes:
    """Damage the unpacked content of streams and pack them to the same length: the file's structure stays whole."""
    streams = list(_STREAM.finditer(data))
    out = bytearray(data)
    for match in chance.sample(streams, min(len(streams), chance.randint(1, 4))):
        try:
            content = zlib.decompress(match[1])
        except zlib.error:
            continue
        packed = zlib.compress(damaged(content, content, chance), 9)
        if len(packed) <= len(match[1]):
            out[match.start(1) : match.end(1)] = packed.ljust(len(match[1]), b"\n")
    return bytes(out)


# --- what else is printed in a mutant, by other means than the reader's


def plain(text: str) -> str:
    return re.sub(r"[\s\u200b-\u200f\u2060\ufeff\u00ad\x00-\x1f]+", "", text.translate(_FULL_WIDTH))


def printed(name: str, data: bytes) -> Iterator[str]:
    """The document's text by independent means, without spaces; several where there is more than one way to it."""
    kind = Path(name).suffix
    if kind == ".docx":
        yield plain(_docx_text(data))
        return
    if kind == ".pdf":
        yield from map(plain, _pdf_texts(data))
        return
    for encoding in ("utf-8", "gb18030", "utf-16", "big5"):
        text = data.decode(encoding, errors="replace")
        yield plain(text)
        if "<" in text:
            clean = re.sub(r"^\s*<\?xml[^>]*\?>", "", text).replace("\x00", "")
            try:
                yield plain("".join(map(str, lxml_html.document_fromstring(clean or "<p>").itertext())))
            except (ValueError, lxml_html.etree.ParserError):
                continue
            yield plain(html.unescape(re.sub(r"<[^>]*>", "", text)))


def _docx_text(data: bytes) -> str:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        text = archive.read("word/document.xml").decode("utf-8", errors="replace")
    return html.unescape(re.sub(r"<[^>]*>", "", text))


def _pdf_texts(data: bytes) -> Iterator[str]:
    """The text as pdfminer lays it out in lines, and in the order in which it is drawn.

    pdfminer gives up on damaged files and streams, in part or as a whole, that others read on: what it does not have
    is looked for in the text that pdfium itself extracts, which knows nothing of our cells and lines.
    """
    import pypdfium2
    from pdfminer.high_level import extract_text

    text = ""
    with contextlib.suppress(Exception):
        text = extract_text(io.BytesIO(data))
    yield text
    with contextlib.suppress(Exception):
        yield from _drawn(data)
    document = pypdfium2.PdfDocument(data)
    whole = "".join(page.get_textpage().get_text_range() for page in document)
    document.close()
    yield whole


def _drawn(data: bytes) -> Iterator[str]:
    import pdfplumber

    with pdfplumber.open(io.BytesIO(data)) as document:
        drawn, lines = [], []
        for page in document.pages:
            drawn += [c["text"] for c in page.chars]
            for line in page.extract_text_lines(x_tolerance=1) if page.chars else []:
                lines.append(line["text"])
    yield "".join(drawn)
    yield "".join(lines)
