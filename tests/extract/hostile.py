"""Documents made to harm their reader. Each function returns the bytes; sizes are what one upload could have."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from pathlib import Path

SAMPLES = Path(__file__).parents[2] / "samples"
W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
TYPES = '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>'


def html(body: str, head: str = "") -> bytes:
    return f"<html><head>{head}</head><body>{body}</body></html>".encode()


def docx(document: bytes | str, name: str = "word/document.xml", **others: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr("[Content_Types].xml", TYPES)
        archive.writestr(name, document)
        for other, content in others.items():
            archive.writestr(other, content)
    return buffer.getvalue()


def word(body: str, before: str = "") -> str:
    return f'<?xml version="1.0"?>{before}<w:document {W}><w:body>{body}</w:body></w:document>'


def sample(name: str) -> bytes:
    return (SAMPLES / name).read_bytes()


# --- archives


def docx_bomb() -> bytes:
    """A document part of 1 GB in 1 MB."""
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
        archive.open("word/document.xml", "w", force_zip64=True) as part,
    ):
        part.write(word("").encode()[:-28])
        for _ in range(1024):
            part.write(b" " * 2**20)
    return buffer.getvalue()


def docx_bomb_that_lies() -> bytes:
    """The same, with a directory that says the part has 100 bytes."""
    data = bytearray(docx_bomb())
    at = data.rfind(b"PK\x01\x02")
    extra = struct.unpack_from("<H", data, at + 30)[0]
    assert extra == 0 or struct.unpack_from("<I", data, at + 24)[0]
    struct.pack_into("<I", data, at + 24, 100)
    return bytes(data)


def docx_two_hundred_thousand_members() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("word/document.xml", word(""))
        for n in range(200_000):
            archive.writestr(f"../../../x/{n}", b"")
    return buffer.getvalue()


def docx_names_out_of_the_folder() -> bytes:
    """A good report with members that would be written elsewhere by whoever unpacked them."""
    buffer = io.BytesIO(sample("qinglan-education-2022.docx"))
    with zipfile.ZipFile(buffer, "a") as archive:
        for name in (
            "../../outside.txt",
            "/tmp/outside.txt",
            "C:\\outside.txt",
            "a\r\nb\x1b[31m",
            "word/../word/x",
        ):
            archive.writestr(name, "x")
    return buffer.getvalue()


def docx_wrong_compression() -> bytes:
    data = bytearray(docx(word("<w:p/>" * 100)))
    at = data.find(b"word/document.xml") + 17
    data[at : at + 40] = bytes(255 - b for b in data[at : at + 40])
    return bytes(data)


# --- XML and HTML


def docx_billion_laughs() -> bytes:
    entities = '<!ENTITY a0 "哈哈哈哈哈哈哈哈哈哈">' + "".join(
        f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12)
    )
    return docx(word("<w:p><w:r><w:t>&a11;</w:t></w:r></w:p>", f"<!DOCTYPE d [{entities}]>"))


def docx_external_entity(address: str) -> bytes:
    return docx(
        word("<w:p><w:r><w:t>&x;</w:t></w:r></w:p>", f'<!DOCTYPE d [<!ENTITY x SYSTEM "{address}">]>')
    )


def docx_external_dtd(address: str) -> bytes:
    return docx(word("<w:p/>", f'<!DOCTYPE d SYSTEM "{address}">'))


def html_external(address: str) -> bytes:
    doctype = f'<!DOCTYPE html SYSTEM "{address}" [<!ENTITY x SYSTEM "{address}">]>'
    body = (
        f'<img src="{address}"><iframe src="{address}"></iframe><object data="{address}"></object><p>&x;</p>'
    )
    return doctype.encode() + html(body, f'<base href="{address}"><link rel=stylesheet href="{address}">')


def html_deep_boxes() -> bytes:
    return html("<div>" * 100_000 + "x")


def html_deep_tables() -> bytes:
    return html("<table><tr><td>" * 100_000 + "x")


def html_deep_inline() -> bytes:
    return html("<table><tr><td>1<td>" + "<b><i>" * 50_000 + "x")


def html_tables_in_tables() -> bytes:
    """As deep as the parser lets them be, with much text in each."""
    return html("".join(f"<table><tr><td>{'字' * 5000}<td>" for _ in range(60)) + "x")


def html_million_tables() -> bytes:
    return html("<table></table>" * 1_000_000)


def html_million_cells() -> bytes:
    return html("<table>" + ("<tr>" + "<td>" * 20) * 50_000 + "</table>")


def html_long_row() -> bytes:
    return html("<table><tr><td>予以公开" + "<td>" * 200_000 + "</table>")


def html_huge_spans() -> bytes:
    return html(
        "<table>"
        + ('<tr><td rowspan=99 colspan=99>1<td rowspan="999999999999999999">2') * 20_000
        + "</table>"
    )


def html_many_headers() -> bytes:
    head = "<tr><td>申请人情况<td>自然人<td>商业企业</tr>"
    return html(
        "<table>"
        + head
        + "<tr><td>甲<td>乙</tr>" * 30_000
        + "<tr><td>予以公开<td>1</tr>" * 30_000
        + "</table>"
    )


def html_many_attributes() -> bytes:
    return html("<p " + " ".join(f"a{n}=1" for n in range(300_000)) + ">x")


def html_every_row_a_report() -> bytes:
    text = sample("shiqiao-town-2023.html").decode()
    start, end = text.index("<table"), text.rindex("</table>") + 8
    return (text[:start] + text[start:end] * 400 + text[end:]).encode()


def docx_million_cells() -> bytes:
    row = "<w:tr>" + "<w:tc/>" * 100 + "</w:tr>"
    return docx(word(f"<w:tbl>{row * 9_000}</w:tbl>"))


def docx_deep_tables() -> bytes:
    return docx(word("<w:tbl><w:tr><w:tc>" * 5_000 + "</w:tc></w:tr></w:tbl>" * 5_000))


def docx_deep_within_bounds() -> bytes:
    return docx(word("<w:tbl><w:tr><w:tc>" * 80 + "<w:p/>" + "</w:tc></w:tr></w:tbl>" * 80))


def docx_huge_spans() -> bytes:
    cell = '<w:tc><w:tcPr><w:gridSpan w:val="99999999999999999999999"/></w:tcPr><w:p/></w:tc>'
    return docx(word(f"<w:tbl>{f'<w:tr>{cell * 3}</w:tr>' * 10_000}</w:tbl>"))


# --- texts


def text_one_long_line() -> bytes:
    return ("政府信息公开申请" * 3_000_000)[:17_000_000].encode()


def text_long_line_of_digits() -> bytes:
    return b"2023" + b"1" * 15_000_000


def text_chinese_digits() -> bytes:
    return ("一、总体情况\n" + "二〇" * 4_000_000).encode()


def text_empty_lines() -> bytes:
    return b"\n" * 50_000_000


def text_white_lines() -> bytes:
    return (b" " * 40 + b"\n") * 400_000


def text_tabs() -> bytes:
    return "予以公开".encode() + b"\t" * 3_000_000


def text_tab_rows() -> bytes:
    return "予以公开\t1\t\n".encode() * 300_000


def text_pipes() -> bytes:
    return "|予以公开".encode() + b"|" * 3_000_000 + b"\n" + b"|1|" * 100_000


def text_claims_that_backtrack() -> bytes:
    evil = (
        "收到"
        + "政府信息公开" * 160
        + "。"
        + "未" * 1900
        + "。"
        + "主动公开"
        + "总数" * 900
        + "；"
        + "12" * 900
        + "。"
    )
    head = "某某局2023年政府信息公开工作年度报告\n一、总体情况\n"
    return (head + evil * 300 + "\n五、存在的主要问题及改进情况\n无\n").encode()


def text_lines_without_end() -> bytes:
    head = "某某局2023年政府信息公开工作年度报告\n一、总体情况\n"
    return (head + "主动公开信息一批没有句号\n" * 400_000 + "五、存在的主要问题及改进情况\n").encode()


def text_long_numbers() -> bytes:
    text = sample("qinglan-education-2021.txt").decode()
    return text.replace("\t0", "\t" + "9" * 5000).encode()


def text_nul_bytes() -> bytes:
    return b"\xff\xfe" + bytes(2_000_000)


# --- PDF


def pdf(objects: dict[int, bytes], root: int = 1) -> bytes:
    out = b"%PDF-1.7\n"
    offsets = {}
    for number, content in objects.items():
        offsets[number] = len(out)
        out += b"%d 0 obj\n" % number + content + b"\nendobj\n"
    start = len(out)
    size = max(objects) + 1
    out += b"xref\n0 %d\n" % size
    out += b"".join(
        b"%010d 00000 n \n" % offsets[n] if n in offsets else b"0000000000 65535 f \n" for n in range(size)
    )
    return out + b"trailer\n<</Size %d/Root %d 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (size, root, start)


def stream(content: bytes, extra: bytes = b"") -> bytes:
    packed = zlib.compress(content, 9)
    return b"<</Length %d/Filter/FlateDecode%s>>stream\n%s\nendstream" % (len(packed), extra, packed)


def one_page(content: bytes, box: bytes = b"0 0 595 842", resources: bytes = b"") -> bytes:
    font = b"/Font<</F 5 0 R>>"
    return pdf(
        {
            1: b"<</Type/Catalog/Pages 2 0 R>>",
            2: b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
            3: b"<</Type/Page/Parent 2 0 R/MediaBox[%s]/Contents 4 0 R/Resources<<%s%s>>>>"
            % (box, font, resources),
            4: stream(content),
            5: b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
        }
    )


TEXT = b"BT /F 12 Tf 72 700 Td (2023) Tj ET "


def pdf_many_pages() -> bytes:
    count = 5_000
    kids = b" ".join(b"%d 0 R" % n for n in range(4, 4 + count))
    pages = dict.fromkeys(
        range(4, 4 + count), b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 3 0 R>>"
    )
    return pdf(
        {
            1: b"<</Type/Catalog/Pages 2 0 R>>",
            2: b"<</Type/Pages/Kids[%s]/Count %d>>" % (kids, count),
            3: stream(TEXT),
        }
        | pages
    )


def pdf_says_many_pages() -> bytes:
    return one_page(TEXT).replace(b"/Count 1>>", b"/Count 2147483647>>")


def pdf_page_tree_in_a_circle() -> bytes:
    return pdf(
        {
            1: b"<</Type/Catalog/Pages 2 0 R>>",
            2: b"<</Type/Pages/Kids[3 0 R 2 0 R]/Count 300>>",
            3: b"<</Type/Pages/Parent 2 0 R/Kids[2 0 R 3 0 R]/Count 300>>",
        }
    )


def pdf_forms_in_a_circle() -> bytes:
    form = b"/Type/XObject/Subtype/Form/BBox[0 0 100 100]/Resources<</XObject<</X 6 0 R/Y 7 0 R>>>>"
    return pdf(
        {
            1: b"<</Type/Catalog/Pages 2 0 R>>",
            2: b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
            3: b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources"
            b"<</Font<</F 5 0 R>>/XObject<</X 6 0 R/Y 7 0 R>>>>>>",
            4: stream(TEXT + b"/X Do /Y Do " * 50),
            5: b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
            6: stream(b"/Y Do /X Do " * 50, form),
            7: stream(b"/X Do /Y Do " * 50, form),
        }
    )


def pdf_forms_doubling() -> bytes:
    """Thirty forms, each drawing the next ten times."""
    objects = {
        1: b"<</Type/Catalog/Pages 2 0 R>>",
        2: b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        3: b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>/XObject<</X 6 0 R>>>>>>",
        4: stream(TEXT + b"/X Do"),
        5: b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    }
    for n in range(6, 36):
        form = b"/Type/XObject/Subtype/Form/BBox[0 0 100 100]/Resources<</XObject<</X %d 0 R>>>>" % (n + 1)
        objects[n] = stream(b"/X Do " * 10, form)
    objects[36] = stream(b"0 0 10 10 re f", b"/Type/XObject/Subtype/Form/BBox[0 0 100 100]")
    return pdf(objects)


def pdf_huge_page() -> bytes:
    return one_page(TEXT, b"-1e30 -1e30 1e30 1e30")


def pdf_no_page_size() -> bytes:
    return one_page(TEXT, b"0 0 0 0")


def pdf_million_paths() -> bytes:
    return one_page(TEXT + b"0 0 1 1 re f\n" * 3_000_000)


def pdf_million_characters() -> bytes:
    return one_page(b"BT /F 1 Tf 72 700 Td " + b"(12345678901234567890) Tj " * 100_000 + b"ET")


def pdf_many_dense_pages() -> bytes:
    """Hundreds of pages, each with all the rulings and characters that a page may have."""
    content = b"".join(b"%d %d 1 1 re f\n" % (n % 500, n % 800) for n in range(30_000))
    content += b"BT /F 1 Tf 72 700 Td " + b"(12345678901234567890) Tj 1 1 Td " * 1_000 + b"ET"
    count = 700
    kids = b" ".join(b"%d 0 R" % n for n in range(5, 5 + count))
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 3 0 R/Resources<</Font<</F 4 0 R>>>>>>"
    return pdf(
        {
            1: b"<</Type/Catalog/Pages 2 0 R>>",
            2: b"<</Type/Pages/Kids[%s]/Count %d>>" % (kids, count),
            3: stream(content),
            4: b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
        }
        | dict.fromkeys(range(5, 5 + count), page)
    )


def pdf_stream_bomb() -> bytes:
    """A content stream of 1.5 GB, packed twice."""
    once = zlib.compressobj(1)
    first = b"".join(once.compress(b" " * 2**24) for _ in range(96)) + once.flush()
    twice = zlib.compress(first, 9)
    content = b"<</Length %d/Filter[/FlateDecode/FlateDecode]>>stream\n%s\nendstream" % (len(twice), twice)
    data = one_page(b"@@")
    packed = stream(b"@@")
    return data.replace(packed, content)


def pdf_deep_arrays() -> bytes:
    return one_page(TEXT, resources=b"/X " + b"[" * 100_000 + b"]" * 100_000)


def pdf_length_lies() -> bytes:
    return one_page(TEXT).replace(b"/Length ", b"/Length 99999999999")
