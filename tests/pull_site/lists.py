"""List pages in the styles of the content systems that sites run on."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of a list: its title, where it leads, and the day printed beside it."""

    title: str
    href: str
    day: str


@dataclass(frozen=True, slots=True)
class Paging:
    """How one system spells its pages.

    Attributes:
        path: of page n (from 0), below the list's folder.
        links: the paging bar of page n of m.
    """

    path: Callable[[int], str]
    links: Callable[[int, int], str]


def _numbered(index: int) -> str:
    return "index.html" if index == 0 else f"index_{index}.html"


def _numbered_links(index: int, count: int) -> str:
    numbers = "".join(
        f"<b>{n + 1}</b>" if n == index else f'<a href="{_numbered(n)}">{n + 1}</a>' for n in range(count)
    )
    return f'<div class="page">共 {count} 页 {numbers}</div>'


def _query(index: int) -> str:
    return "index.jhtml" if index == 0 else f"index.jhtml?page={index + 1}"


def _query_links(index: int, count: int) -> str:
    after = min(index + 1, count - 1)
    return (
        f'<div class="pagination">第 {index + 1}/{count} 页 <a href="index.jhtml">首页</a> '
        f'<a href="{_query(max(index - 1, 0))}">上页</a> <a href="{_query(after)}">下页</a> '
        f'<a href="{_query(count - 1)}">尾页</a></div>'
    )


def _script_links(index: int, count: int) -> str:
    return (
        '<div class="fanye"><script language="JavaScript">\n'
        f'createPageHTML({count}, {index}, "index", "html");\n</script></div>'
    )


def _next(index: int) -> str:
    return "list.html" if index == 0 else f"list-p{index}.html"


def _next_links(index: int, count: int) -> str:
    before = f'<a href="./{_next(index - 1)}">&lt; 上一页</a>' if index else "<span>&lt; 上一页</span>"
    after = (
        f'<a href="./{_next(index + 1)}">下一页 &gt;</a>' if index + 1 < count else "<span>下一页 &gt;</span>"
    )
    return f'<p class="turn">{before} {after}</p>'


STYLES: dict[str, Paging] = {
    "numbered": Paging(_numbered, _numbered_links),
    "query": Paging(_query, _query_links),
    "script": Paging(_numbered, _script_links),
    "next": Paging(_next, _next_links),
}
"""`numbered`: index_1.html with links; `query`: index.jhtml?page=2; `script`: index_1.html known to a script
alone; `next`: links to the next page and nothing else."""


def list_page(title: str, entries: Sequence[Entry], paging: str, charset: str) -> str:
    """A list page as an office's site prints it: navigation, list, paging bar, foot."""
    lines = "\n".join(
        f'<li><span class="date">[{e.day}]</span><a href="{escape(e.href)}" title="{escape(e.title)}" '
        f'target="_blank">{escape(e.title if len(e.title) < 40 else e.title[:38] + "...")}</a></li>'
        for e in entries
    )
    return (
        f'<!DOCTYPE html>\n<html><head><meta charset="{charset}"><title>{escape(title)}</title></head><body>\n'
        '<div class="nav"><a href="/">首页</a> <a href="/zwgk/zhinan.html">政府信息公开指南</a> '
        '<a href="/zwgk/zhidu.html">政府信息公开制度</a> <a href="javascript:void(0)">无障碍</a> '
        '<a href="mailto:office@example.invalid">联系我们</a></div>\n'
        f'<h1>{escape(title)}</h1>\n<ul class="list">\n{lines}\n</ul>\n{paging}\n'
        '<div class="foot">主办：示例单位办公室 <a href="https://beian.example.invalid/">备案</a></div></body></html>\n'
    )


def detail_page(title: str, attachments: Sequence[tuple[str, str]], charset: str) -> str:
    """A page that says little and has files attached: (address, name) pairs."""
    links = "\n".join(
        f'<p>附件：<a href="{escape(href)}">{escape(name)}</a></p>' for href, name in attachments
    )
    return (
        f'<!DOCTYPE html>\n<html><head><meta charset="{charset}"><title>{escape(title)}</title></head><body>\n'
        '<div class="nav"><a href="/">首页</a></div>\n'
        f'<div id="zoom"><h1>{escape(title)}</h1>\n<p>　　现予公布，请下载附件查阅。</p>\n{links}\n</div></body></html>\n'
    )


def search_answer(entries: Sequence[Entry], total: int, page: int, size: int) -> str:
    """An answer of a search interface; titles are marked up as search engines do."""
    records = [
        {
            "id": f"{page}-{index}",
            "title": entry.title.replace("年度报告", "<em>年度报告</em>"),
            "url": entry.href,
            "publishTime": f"{entry.day} 09:00:00",
        }
        for index, entry in enumerate(entries)
    ]
    data = {"total": total, "pageNo": page, "pageSize": size, "pages": -(-total // size), "list": records}
    return json.dumps({"code": 200, "msg": "success", "data": data}, ensure_ascii=False)


def sitemap(entries: Sequence[Entry]) -> str:
    """A sitemap."""
    lines = "".join(f"<url><loc>{escape(e.href)}</loc><lastmod>{e.day}</lastmod></url>\n" for e in entries)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n{lines}</urlset>\n'
    )


def sitemap_index(addresses: Sequence[str]) -> str:
    """A sitemap of sitemaps."""
    lines = "".join(f"<sitemap><loc>{escape(address)}</loc></sitemap>\n" for address in addresses)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n{lines}</sitemapindex>\n'
    )


def feed(title: str, entries: Sequence[Entry]) -> str:
    """An RSS 2.0 feed."""
    lines = "".join(
        f"<item><title>{escape(e.title)}</title><link>{escape(e.href)}</link>"
        f"<pubDate>{e.day}T09:00:00+08:00</pubDate></item>\n"
        for e in entries
    )
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0"><channel><title>{escape(title)}</title>\n'
        f"{lines}</channel></rss>\n"
    )
