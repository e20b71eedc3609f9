"""What is found on HTML pages: titles, years, dates, links, further pages."""

from __future__ import annotations

from datetime import date

import pytest

from extract.pull.listing import LISTING, ListingSource
from extract.pull.page import HtmlPage, date_in, year_in
from extract.pull.web_kind import (
    NOT_TITLE,
    TITLE,
    ListPage,
    ListReading,
    ListRequest,
    Match,
    UnreadableListError,
)

HERE = "https://www.a.gov.cn/gk/nb/index.html"
MATCH = Match(title=TITLE, not_title=NOT_TITLE)


def read(
    body: str, request: ListRequest | None = None, address: str = HERE, **settings: object
) -> ListReading:
    source = ListingSource.model_validate({"name": "s", "kind": "listing", "address": HERE, **settings})
    page = ListPage(address, f"<html><body>{body}</body></html>".encode())
    return LISTING.read(source, request or ListRequest(address), page)


@pytest.mark.parametrize(
    ("title", "year"),
    [
        ("鹿固乡2023年政府信息公开工作年度报告", 2023),
        ("2023年度政府信息公开工作报告（2024年1月公布）", 2023),
        ("2024年1月公布：2023年政府信息公开年报", 2023),
        ("二〇二二年政府信息公开工作年度报告", 2022),
        ("二○二○年政府信息公开年报", 2020),
        ("民政局政府信息公开年报（2021）", 2021),
        ("2019-2021年政府信息公开年报汇编", None),
        ("2021年、2022年政府信息公开年报", None),
        ("2020至2022年政府信息公开年报", None),
        ("政府信息公开年报", None),
        ("政府信息公开年报 发布2024-01-20", None),
        ("第20235号", None),
    ],
)
def test_a_year_is_taken_from_a_title_only_where_it_is_the_report_s(title: str, year: int | None) -> None:
    assert year_in(title) == year


@pytest.mark.parametrize(
    ("title", "wanted"),
    [
        ("耳口乡2023年政府信息公开工作年度报告", True),
        ("2022年政府信息公开年度报告", True),
        ("市教育局2021年度政府信息公开工作报告", True),
        ("2020年政府信息公开年报", True),
        ("政 府 信 息 公 开 工 作 年 度 报 告", True),
        ("2023年度政务公开工作年度报告", True),
        ("某某县人民政府办公室关于2023年政府信息公开工作...", True),
        ("关于印发民政局2023年政府信息公开工作年度报告的通知", True),
        ("关于做好2023年政府信息公开工作年度报告编制工作的通知", False),
        ("一图读懂2023年政府信息公开工作年度报告", False),
        ("政府信息公开指南", False),
        ("2024年部门预算公开", False),
        ("政府信息公开制度", False),
    ],
)
def test_titles_of_reports_are_known(title: str, wanted: bool) -> None:
    assert MATCH.accepts(title, "https://a.gov.cn/x.html") is wanted


def test_a_date_is_found_in_its_spellings() -> None:
    for text in ("[2024-01-09]", "2024/1/9", "2024.01.09", "2024年1月9日 09:00"):
        assert date_in(text) == date(2024, 1, 9)
    assert date_in("2024-13-40 and 2023-02-01") == date(2023, 2, 1)
    assert date_in("20240109") is None


def test_links_come_with_the_fuller_title_and_the_date_beside_them() -> None:
    reading = read(
        '<ul><li><span>2024-01-20</span><a href="../t1.html" title="耳口乡2023年政府信息公开工作年度报告">耳口乡2023年政府信...</a></li>'
        '<li><a href="/gk/t2.html">小铺乡2022年政府信息公开工作年度报告</a><i>2023.1.18</i></li>'
        '<li><a href="t3.html">指南</a></li></ul>'
    )
    assert [(link.address, link.year, link.published_on) for link in reading.links] == [
        ("https://www.a.gov.cn/gk/t1.html", 2023, date(2024, 1, 20)),
        ("https://www.a.gov.cn/gk/t2.html", 2022, date(2023, 1, 18)),
    ]
    assert reading.links[0].title == "耳口乡2023年政府信息公开工作年度报告"


def test_links_that_a_script_opens_are_followed() -> None:
    title = "耳口乡2023年政府信息公开工作年度报告"
    reading = read(
        f"<a href=\"javascript:open('/a/t1.html')\">{title}</a>"
        f"<a href='#' onclick=\"go('t2.pdf?x=1')\">{title}</a><a href='javascript:void(0)'>{title}</a>"
    )
    assert [link.address for link in reading.links] == [
        "https://www.a.gov.cn/a/t1.html",
        "https://www.a.gov.cn/gk/nb/t2.pdf?x=1",
    ]


def test_selectors_say_where_things_stand() -> None:
    body = (
        '<table><tr class="r"><td class="d">2024-02-01</td><td class="a">民政局</td><td><a href="1.html">2023年度</a></td></tr>'
        '<tr class="r"><td class="d">2023-02-01</td><td class="a">财政局</td><td><a href="2.html">2022年度</a></td></tr></table>'
        '<a href="3.html">某局2023年政府信息公开年报</a>'
    )
    reading = read(body, list={"items": "tr.r", "date": ".d", "agency": ".a"}, match={"title": "年度"})
    assert [(link.agency, link.year, link.published_on, link.evidence) for link in reading.links] == [
        ("民政局", 2023, date(2024, 2, 1), "mixed"),
        ("财政局", 2022, date(2023, 2, 1), "mixed"),
    ]


def test_lists_of_lists_are_followed_as_deep_as_is_said() -> None:
    body = "<a href='2023/'>2023年</a><a href='2022/'>2022年</a><a href='x.html'>其他</a>"
    settings = {"list": {"follow": r"^\d{4}年$", "depth": 1}}
    reading = read(body, **settings)
    assert [request.address for request in reading.more] == [
        "https://www.a.gov.cn/gk/nb/2023/",
        "https://www.a.gov.cn/gk/nb/2022/",
    ]
    assert reading.empty_is_fine
    deeper = read(body, reading.more[0], **settings)
    assert deeper.more == () and not deeper.empty_is_fine


def pages(body: str, request: ListRequest | None = None, **paging: object) -> list[str]:
    return [
        more.address.removeprefix("https://www.a.gov.cn/gk/nb/")
        for more in read(body, request, paging=paging).more
    ]


@pytest.mark.parametrize(
    "link",
    [
        "<a href='p2.html'>下一页</a>",
        "<a href='p2.html'>下页</a>",
        "<a href='p2.html'> 下 一 页 &gt;</a>",
        "<a href='p2.html'>&gt;</a>",
        "<a href='p2.html'>»</a>",
        "<a rel='next' href='p2.html'><img src='n.png'></a>",
        "<link rel='next' href='p2.html'>",
        "<a href='p2.html'>Next</a>",
        "<a href=\"javascript:toPage('p2.html')\">下一页</a>",
    ],
)
def test_the_link_to_the_next_page_is_found(link: str) -> None:
    assert pages(f"<a href='p0.html'>上一页</a>{link}") == ["p2.html"]


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ('createPageHTML(3, 0, "index", "html");', ["index_1.html", "index_2.html"]),
        ("createPageHTML('3','0','index','shtml',45);", ["index_1.shtml", "index_2.shtml"]),
        ("createPageHTML('pages', 3, 1, 'list', 'html', 45);", ["list_2.html", "list_3.html"]),
        (
            "var countPage = 3; var currentPage = 0; createPageHTML(countPage, currentPage, 'index', 'htm');",
            ["index_1.htm", "index_2.htm"],
        ),
        ('createPageHTML(1, 0, "index", "html");', []),
    ],
)
def test_create_page_html_is_understood(script: str, expected: list[str]) -> None:
    assert pages(f"<script>{script}</script>") == expected


def test_page_numbers_and_selectors_and_patterns() -> None:
    numbers = "<a href='index.html'>1</a><a href='index_1.html'>2</a><a href='index_2.html'>3</a><a href='/other/9.html'>9</a>"
    assert pages(numbers) == ["index_1.html", "index_2.html"]
    assert pages("<a href='?page=2'>2</a>") == ["index.html?page=2"]
    assert pages("<b id=n><a href='z.html'>more</a></b>", style="next", next="#n a") == ["z.html"]
    assert pages("", pattern="index_{page}.html") == ["index_1.html"]
    assert pages("", ListRequest(HERE, 3), pattern="index_{page}.html", first=2) == ["index_4.html"]
    assert pages("<a href='p2.html'>下一页</a>", style="none") == []
    assert pages("<a href='javascript:;'>下一页</a><a href='#'>下一页</a>") == []


def test_paging_that_is_not_understood_is_said() -> None:
    reading = read(
        "<a href='t.html'>某局2023年政府信息公开年报</a> 共 12 页 <a href='javascript:goPage(2)'>下一页</a>"
    )
    assert [(trouble.rule, trouble.found) for trouble in reading.troubles] == [("paging_unclear", 12)]
    limit = read("<a href='p9.html'>下一页</a>", ListRequest(HERE, 5), paging={"max_pages": 5})
    assert [trouble.rule for trouble in limit.troubles] == ["paging_limit"] and limit.more == ()


def test_a_login_page_is_no_list() -> None:
    with pytest.raises(UnreadableListError, match="登录"):
        read("<form>用户 <input name=u> 密码 <input type=password></form>")
    with pytest.raises(UnreadableListError, match="维护"):
        read("<h1>系统维护中，请稍后访问</h1>")


def test_pages_are_decoded_as_their_bytes_are() -> None:
    title = "某局2023年政府信息公开年报"
    for content, charset in (
        (title.encode("gbk"), "gbk"),
        (title.encode("gb18030"), None),
        (title.encode(), "gbk"),
        (title.encode("utf-16"), None),
        (title.encode("big5", "ignore"), "big5"),
    ):
        assert "2023" in HtmlPage(HERE, content, charset).text
    assert HtmlPage(HERE, title.encode(), "gbk").text == title
    assert HtmlPage(HERE, title.encode("gbk"), "gb2312").text == title


def test_a_base_element_counts() -> None:
    page = HtmlPage(HERE, b"<base href='https://b.gov.cn/x/'><a href='y.html'>y</a>")
    assert [anchor.address for anchor in page.anchors()] == ["https://b.gov.cn/x/y.html"]
