"""What became of the load's documents: read into reports, held back, not readable."""

from __future__ import annotations

from collections.abc import Iterable

from publish.bulletin.facts import Facts, Row
from publish.bulletin.page import GOOD, NOTICE, QUIET, Badge, Bar, Bars, Block, Cell, Number, Table
from publish.bulletin.words import UNKNOWN, agency_text, count_text, more_text, year_text

REPORTS_SHOWN = 200
HELD_SHOWN = 200
REJECTS_SHOWN = 200

_REPORT_STATES = {"published": Badge("已发布", GOOD), "running": Badge("可发布", GOOD)}
_CELLS = (
    ("reported", "数值", "reported"),
    ("blank", "空白", "blank"),
    ("doubtful", "存疑", "doubtful"),
    ("missing", "缺失", "missing"),
)
_FATES = (
    ("clean", "读入，没有问题", "reported"),
    ("findings", "读入，有不符", "doubtful"),
    ("doubtful", "读入，有存疑数值", "blank"),
    ("held", "暂缓发布", "unreadable"),
    ("rejected", "无法读取", "missing"),
    ("known", "没有变化，未重读", "pending"),
)


def fate_blocks(facts: Facts) -> Iterable[Block]:
    """A chart of what became of the documents; each document counts once, as the gravest that applies."""
    [row] = facts.query(_FATE)
    total = sum(row.values())
    if not total:
        yield "本次没有遇到任何文件。"
        return
    most = max(row.values())
    bars = tuple(
        (name, Bar(((name, row[key], kind),), whole=most), f"{count_text(row[key])} 份")
        for key, name, kind in _FATES
        if row[key]
    )
    yield Bars(f"文件去向，共 {count_text(total)} 份", bars)


_FATE = """
with judged as (
    select document_sha256,
           case
               when document_sha256 in (select document_sha256 from rejects) then 'rejected'
               when bool_or(report_id in (select report_id from quarantine)) then 'held'
               when bool_or(report_id in (select report_id from cells where status in ('doubtful', 'missing'))) then 'doubtful'
               when bool_or(report_id in (select report_id from all_findings where outcome = 'broken')) then 'findings'
               when count(report_id) > 0 then 'clean'
               else 'known'
           end as fate
    from (select distinct document_sha256 from documents)
    left join reports using (document_sha256)
    group by document_sha256
)
select count(*) filter (where fate = 'clean') as clean, count(*) filter (where fate = 'findings') as findings,
       count(*) filter (where fate = 'doubtful') as doubtful, count(*) filter (where fate = 'held') as held,
       count(*) filter (where fate = 'rejected') as rejected, count(*) filter (where fate = 'known') as known
from judged
"""


def report_blocks(facts: Facts) -> Iterable[Block]:
    """The reports that were read, those that need somebody first."""
    rows = facts.query(_REPORTS, REPORTS_SHOWN)
    if not rows:
        yield "没有读入新的报告：来源中的文件都已发布过，或都无法读取。"
        return
    columns = ("机关", "年度", "表样", "文件", "来历", "构成", "数值", "空白", "存疑", "缺失", "发现", "状态")
    state = _REPORT_STATES.get(str(facts.record.get("state")), Badge("未发布", QUIET))
    yield "有问题的在前。构成一栏：蓝色为有数值，浅色为空白、不适用或文字，橙色为存疑，红色为缺失。"
    yield Table(
        columns,
        tuple(_report_row(row, state) for row in rows),
        more_text(rows[0]["total"], len(rows), "份报告", "marts.dim_report"),
    )


_REPORTS = """
with counted as (
    select report_id,
           count(*) filter (where status = 'reported') as reported,
           count(*) filter (where status in ('blank', 'not_applicable', 'text')) as blank,
           count(*) filter (where status = 'doubtful') as doubtful,
           count(*) filter (where status = 'missing') as missing
    from cells group by report_id
),
broken as (
    select report_id, count(*) as findings from all_findings where outcome = 'broken' group by report_id
),
fresh as (
    select document_sha256, bool_or(is_new) as is_new from documents group by document_sha256
)
select reports.agency, reports.year, reports.generation, coalesce(reports.member, reports.document_path) as document,
       counted.reported, counted.blank, counted.doubtful, counted.missing,
       coalesce(broken.findings, 0) as findings,
       coalesce(fresh.is_new, false) as is_new,
       reports.report_id in (select report_id from quarantine) as is_held,
       count(*) over () as total
from reports
left join counted using (report_id)
left join broken using (report_id)
left join fresh using (document_sha256)
order by is_held desc, findings desc, coalesce(counted.doubtful + counted.missing, 0) desc,
         reports.agency nulls first, reports.year, reports.report_id
limit ?
"""


def _report_row(row: Row, state: Badge) -> tuple[Cell, ...]:
    kinds = [(name, int(row[key] or 0), kind) for key, name, kind in _CELLS]
    return (
        agency_text(row),
        year_text(row),
        str(row["generation"] or UNKNOWN),
        file_name(row["document"]),
        "新文件" if row["is_new"] else "重读",
        Bar(tuple(kinds)),
        *(Number(str(count)) for _, count, _ in kinds),
        Number(str(row["findings"])),
        Badge("暂缓", NOTICE) if row["is_held"] else state,
    )


def file_name(path: object) -> str:
    """The last part of a path or an address."""
    return str(path or "").rstrip("/").rsplit("/", 1)[-1]


def held_blocks(facts: Facts) -> Iterable[Block]:
    """The reports that wait for somebody."""
    rows = facts.query(
        """
        select quarantine.*, reports.agency, reports.year,
               coalesce(reports.member, reports.document_path) as document, count(*) over () as total
        from quarantine
        left join reports on reports.report_id = quarantine.report_id
        order by quarantine.reason, document, quarantine.report_id
        limit ?
        """,
        HELD_SHOWN,
    )
    if not rows:
        yield "没有暂缓的报告。"
        return
    yield "以下报告的数值没有发布。复核决定（gongkai review）、更正、新版读取程序或机关重新发布之后，下一次加载会自动发布。"
    yield Table(
        ("文件", "机关", "年度", "原因", "说明", "看原件与处理"),
        tuple(
            (
                file_name(row["document"]),
                agency_text(row),
                year_text(row),
                str(row["reason"]),
                str(row["message"] or ""),
                f"gongkai quarantine show {row['report_id']}",
            )
            for row in rows
        ),
        more_text(rows[0]["total"], len(rows), "条", "marts.mart_quarantine"),
    )


def reject_blocks(facts: Facts) -> Iterable[Block]:
    """The documents that could not be read."""
    rows = facts.query(
        """
        select *, count(*) over () as total
        from rejects
        order by error_class, document_path, member
        limit ?
        """,
        REJECTS_SHOWN,
    )
    if not rows:
        yield "没有无法读取的文件。"
        return
    yield Table(
        ("文件", "来源", "类别", "说明"),
        tuple(
            (
                "：".join(filter(None, (file_name(row["document_path"]), row["member"]))),
                str(row["source"] or ""),
                str(row["error_class"] or ""),
                str(row["sentence"] or ""),
            )
            for row in rows
        ),
        more_text(rows[0]["total"], len(rows), "个文件", "marts.mart_reject"),
    )
