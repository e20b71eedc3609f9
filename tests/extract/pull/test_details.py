"""What stands behind a link: a report, a page that leads to it, something in its place."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from extract.pull.detail import DEPTH, Document, Mistaken, Passage, examine
from extract.pull.web.results import Answer, Validators
from extract.pull.web_kind import Detail, Link
from gongkai.settings import PROJECT_ROOT

HERE = "https://www.a.gov.cn/gk/t1.html"
LINK = Link(HERE, "耳口乡2023年政府信息公开工作年度报告", None, 2023, date(2024, 1, 20), "title")
TABLE = "<table><tr><td>自然人</td><td>商业企业</td><td>科研机构</td></tr><tr><td>予以<b>公开</b></td></tr></table>"
PDF = b"%PDF-1.4\n"


def look(
    markup: str | bytes,
    *,
    address: str = HERE,
    final: str | None = None,
    kind: str = "text/html",
    **detail: object,
) -> Document | Passage | Mistaken:
    body = markup if isinstance(markup, bytes) else f"<html><body>{markup}</body></html>".encode()
    answer = Answer(
        address=address,
        final_address=final or address,
        status=200,
        headers={},
        content=body,
        content_type=kind,
        charset=None,
        file_name=address.rpartition("/")[2] or None,
        validators=Validators(),
        retrieved_at=datetime.now(UTC),
        redirects=(),
        archived=None,
    )
    return examine(answer, LINK, Detail.model_validate(detail), 0)


def led_to(found: object) -> list[str]:
    assert isinstance(found, Passage), found
    return [link.address for link in found.links]


def test_a_page_with_the_table_is_the_report_whatever_else_is_on_it() -> None:
    more = "<form><input type=password></form><a href='x.pdf'>年度报告.pdf</a>"
    assert look(TABLE + more) == Document("t1.html")
    escaped = TABLE.replace("<", "\\u003c").replace('"', '\\"')
    assert look(f"<script>var body = '{TABLE}'</script>") == Document("t1.html")
    assert isinstance(look(f"<script>var body = '{escaped}'</script>"), Document)


def test_the_bundled_pages_are_reports() -> None:
    for file in sorted((PROJECT_ROOT / "samples").glob("*.html")):
        assert look(file.read_bytes()) == Document("t1.html"), file.name


def test_files_are_documents_whatever_the_server_calls_them() -> None:
    assert look(PDF, address="https://a.gov.cn/x.pdf") == Document("x.pdf")
    assert look(PDF, address="https://a.gov.cn/down", kind="text/html") == Document("down")
    mht = b"From: <Saved by Browser>\r\nMIME-Version: 1.0\r\n\r\n<html><body><table>"
    assert look(mht, address="https://a.gov.cn/x.mht") == Document("x.mht")


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        ("<a href='./P1.pdf'>附件</a>", "https://www.a.gov.cn/gk/P1.pdf"),
        ("<a href='/down.jsp?id=3'>耳口乡2023年年报.docx</a>", "https://www.a.gov.cn/down.jsp?id=3"),
        (
            "<a href='/down?file=%E5%B9%B4%E6%8A%A5.wps'>下载</a>",
            "https://www.a.gov.cn/down?file=%E5%B9%B4%E6%8A%A5.wps",
        ),
        ("<a href=\"javascript:down('/files/y.ofd')\">下载</a>", None),
        ("<a href=\"javascript:down('/files/y.zip')\">下载</a>", "https://www.a.gov.cn/files/y.zip"),
        (
            "<iframe src='/viewer/web/viewer.html?file=/files/a.pdf'></iframe>",
            "https://www.a.gov.cn/files/a.pdf",
        ),
        ("<iframe src='/content/123.html'></iframe>", "https://www.a.gov.cn/content/123.html"),
        ("<embed src='a.pdf'>", "https://www.a.gov.cn/gk/a.pdf"),
        ("<object data='a.ofd'></object>", "https://www.a.gov.cn/gk/a.ofd"),
        ("<script>PDFObject.embed('\\/files\\/b.pdf', '#x')</script>", "https://www.a.gov.cn/files/b.pdf"),
        ("<meta http-equiv='Refresh' content='0; url=../x/real.html'>", "https://www.a.gov.cn/x/real.html"),
        ("<script>window.location.href = '/x/real.html'</script>", "https://www.a.gov.cn/x/real.html"),
        ("<img src='W0201.jpg'><img src='/images/logo.png'>", "https://www.a.gov.cn/gk/W0201.jpg"),
    ],
)
def test_a_page_leads_to_its_report(markup: str, expected: str | None) -> None:
    found = look(f"<p>耳口乡2023年年度报告</p>{markup}")
    if expected is None:
        assert isinstance(found, Document | Passage)
        return
    assert led_to(found) == [expected]
    assert isinstance(found, Passage)
    assert (found.links[0].year, found.links[0].published_on) == (2023, date(2024, 1, 20))


def test_what_frames_the_page_is_not_what_it_is_about() -> None:
    framed = (
        "<header><a href='1.pdf'>手册.pdf</a></header><div class='footer-wrap footer'><a href='2.pdf'>声明.pdf</a></div>"
        "<div class='main'><a href='3.pdf'>年报.pdf</a></div>"
    )
    assert led_to(look(framed)) == ["https://www.a.gov.cn/gk/3.pdf"]
    assert led_to(look(framed, content=".main")) == ["https://www.a.gov.cn/gk/3.pdf"]
    assert led_to(look(framed, attachments=".footer a")) == ["https://www.a.gov.cn/gk/2.pdf"]
    assert led_to(look(framed + "<a href=4.pdf>其他</a>", attachment_title="其他")) == [
        "https://www.a.gov.cn/gk/4.pdf"
    ]


def test_of_one_report_in_several_formats_one_is_pulled() -> None:
    found = look(
        "<a href='a.pdf'>耳口乡2023年年度报告.pdf</a><a href='a.docx'>附件：耳口乡2023年年度报告.docx</a>"
        "<a href='b.xlsx'>统计表.xlsx</a>"
    )
    assert led_to(found) == ["https://www.a.gov.cn/gk/a.docx", "https://www.a.gov.cn/gk/b.xlsx"]
    assert isinstance(found, Passage)
    assert {link.evidence for link in found.links} == {"page"}
    assert [link.address for link in found.alternates] == ["https://www.a.gov.cn/gk/a.pdf"]


def test_pages_of_a_scan_are_all_pulled() -> None:
    markup = "".join(f"<img src='p{number}.jpg'>" for number in range(3)) + "<img src='s.png' width=20>"
    assert len(led_to(look(markup))) == 3


@pytest.mark.parametrize(
    ("markup", "rule"),
    [
        ("<title>用户登录</title><form>用户名 密码 <input type='password'></form>", "login_page"),
        ("<title>统一身份认证</title><p>请扫码</p>", "login_page"),
        ("<h2>网站正在维护，请稍后访问</h2>", "maintenance_page"),
        ("<p>系统升级中，给您带来不便敬请谅解</p>", "maintenance_page"),
        ("<p>抱歉，您访问的页面不存在或已被删除</p>", "error_page"),
        ("<p>很抱歉，没有找到您要访问的页面！</p>", "error_page"),
        ("<p>您的访问被拦截，请求存在安全风险</p>", "blocked_page"),
        ("<p>请完成安全验证</p><div id=slider></div>", "blocked_page"),
        (
            "<noscript>Please enable JavaScript</noscript><p>Please enable JavaScript and checking your browser</p>",
            "blocked_page",
        ),
    ],
)
def test_what_stands_in_the_place_of_a_report_is_no_document(markup: str, rule: str) -> None:
    found = look(markup)
    assert isinstance(found, Mistaken) and found.rule == rule
    assert HERE in found.sentence


def test_a_login_page_is_known_by_where_it_is() -> None:
    found = look("<div id=app></div>", final="https://www.a.gov.cn/sso/login?back=x")
    assert isinstance(found, Mistaken) and found.rule == "login_page"


def test_words_of_such_pages_in_a_report_do_no_harm() -> None:
    text = "2023年，本机关网站正在进行升级改版，系统维护由专人负责，找不到的页面已修复。" * 30
    assert isinstance(look(f"<h1>年度报告</h1><p>{text}</p>"), Document)
    assert isinstance(look(f"<p>网站维护中</p>{TABLE}"), Document)
    header = "<form class=login><input type=password></form>"
    assert led_to(look(f"{header}<a href='a.pdf'>耳口乡2023年政府信息公开工作年度报告.pdf</a>"))


def test_a_page_in_the_place_of_a_file_is_no_document() -> None:
    found = look("<title>首页</title><p>欢迎访问</p>", address="https://a.gov.cn/x.pdf")
    assert isinstance(found, Mistaken) and found.rule == "page_instead"
    assert isinstance(look(TABLE, address="https://a.gov.cn/x.doc"), Document), "HTML called Word"


def test_nothing_and_messages_of_programs_are_no_documents() -> None:
    for content, kind, rule in (
        (b"", "text/html", "empty"),
        (b" \n ", "text/html", "empty"),
        (b'{"code": 401}', "application/json", "json_instead"),
    ):
        found = look(content, kind=kind)
        assert isinstance(found, Mistaken) and found.rule == rule


def test_pages_are_not_followed_for_ever() -> None:
    answer = look("<iframe src='next.html'></iframe>")
    assert isinstance(answer, Passage)
    assert DEPTH == 3
