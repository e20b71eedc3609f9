"""`gongkai review` and `gongkai quarantine`: what waits for a person, with the evidence, and what has been decided."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from gongkai.errors import GongkaiError
from gongkai.settings import TIME_ZONE, Home

if TYPE_CHECKING:
    from review.cases import Case

_Command = TypeVar("_Command", bound=Callable[..., Any])

_home_option = click.option(
    "--home",
    "home_path",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where everything lives (default: GONGKAI_HOME, else data/ in the checkout).",
)
_source_option = click.option("--source", metavar="NAME", help="Of this source only.")
_place_option = click.option("--place", metavar="CODE", help="Of agencies of this place and below it only.")
_limit_option = click.option(
    "--limit", default=50, show_default=True, type=click.IntRange(1, 2000), help="How many at most."
)
REFUSED = 3
"""Exit status of an import that refused some rows."""


@click.group("review")
def review_command() -> None:
    """Decide about held reports and doubtful figures."""


@click.group("quarantine")
def quarantine_command() -> None:
    """Look at the reports that are held back, and why."""


@review_command.command("list")
@click.option("--all", "everything", is_flag=True, help="Those that are decided, too.")
@click.option("--decided", is_flag=True, help="The decisions instead, withdrawn ones included.")
@click.option("--format", "form", type=click.Choice(["text", "jsonl"]), default="text", show_default=True)
@_source_option
@_place_option
@_limit_option
@_home_option
def list_command(
    everything: bool,
    decided: bool,
    form: str,
    source: str | None,
    place: str | None,
    limit: int,
    home_path: Path | None,
) -> None:
    """List what waits for a decision, the worst first."""
    home = _home(home_path)
    with _told():
        if decided:
            _list_decisions(home, form)
            return
        from review.cases import OPEN, find_cases

        found = find_cases(home, source=source, place=place, standing=None if everything else OPEN)
        _list_cases(found, limit, form)


@quarantine_command.command("list")
@click.option("--format", "form", type=click.Choice(["text", "jsonl"]), default="text", show_default=True)
@_source_option
@_place_option
@_limit_option
@_home_option
def quarantine_list_command(
    form: str, source: str | None, place: str | None, limit: int, home_path: Path | None
) -> None:
    """List the reports that are held back, with the reasons and where each stands."""
    from review.cases import find_cases

    with _told():
        found = find_cases(_home(home_path), source=source, place=place, standing=None, subject="report")
        _list_cases(found, limit, form)


@review_command.command("show")
@click.argument("case")
@click.option(
    "--picture", type=click.Path(dir_okay=False, path_type=Path), help="Write the spot as PNG, too."
)
@_home_option
def show_command(case: str, picture: Path | None, home_path: Path | None) -> None:
    """Show a case with its evidence: reasons, every way in which it reads, the spot in the original.

    CASE is a name of `gongkai review list`, or the id of a held report or its beginning.
    """
    _show(case, picture, _home(home_path))


@quarantine_command.command("show")
@click.argument("report")
@click.option(
    "--picture", type=click.Path(dir_okay=False, path_type=Path), help="Write the spot as PNG, too."
)
@_home_option
def quarantine_show_command(report: str, picture: Path | None, home_path: Path | None) -> None:
    """Show a held report with its evidence: why it is held, its doubtful spots, its beginning.

    REPORT is its id or the beginning of it.
    """
    _show(report, picture, _home(home_path))


@review_command.command("decide")
@click.argument("case")
@click.option(
    "--decision",
    required=True,
    type=click.Choice(["publish_as_printed", "correct", "reject", "ask_agency"]),
    help="What to do.",
)
@click.option("--by", "who", required=True, help="Who decides.")
@click.option("--reason", required=True, help="Why.")
@click.option("--evidence", default="", help="What it rests on (default: the spot in the original).")
@click.option(
    "--value", default="", help="correct, a figure: the number, or blank, not_applicable, text, missing."
)
@click.option("--agency", default="", help="correct, a report: the full name of its agency.")
@click.option("--year", default="", help="correct, a report: its year.")
@_home_option
def decide_command(
    case: str,
    decision: str,
    who: str,
    reason: str,
    evidence: str,
    value: str,
    agency: str,
    year: str,
    home_path: Path | None,
) -> None:
    """Decide about one case; the next load applies it."""
    from review.answers import Answer, decide, take_down
    from review.cases import get_case

    home = _home(home_path)
    with _told():
        found = get_case(home, case)
        now = datetime.now(TIME_ZONE)
        answer = Answer(decision, who, reason, value, agency, year, evidence)
        taken = decide(found, answer, at=now, channel="command", key=now.isoformat())
        take_down(home, found, taken)
    click.echo(f"已记录决定 {taken.decision_id}，下次加载生效。")


@review_command.command("withdraw")
@click.argument("decision_id")
@click.option("--by", "who", required=True, help="Who takes it back.")
@click.option("--reason", required=True, help="Why.")
@_home_option
def withdraw_command(decision_id: str, who: str, reason: str, home_path: Path | None) -> None:
    """Take a decision back; the next load undoes what it did."""
    from review.decisions import withdraw

    with _told():
        taken_back = withdraw(_home(home_path), decision_id, by=who, reason=reason)
    click.echo(f"已撤回决定 {taken_back.decision_id}（{taken_back.case_id}），下次加载生效。")


@review_command.command("export")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@_source_option
@_place_option
@_limit_option
@_home_option
def export_command(
    file: Path, source: str | None, place: str | None, limit: int, home_path: Path | None
) -> None:
    """Write the worst open cases as a workbook to fill in, with pictures of the spots."""
    from review.workbook import export_cases

    if file.suffix.lower() != ".xlsx":
        raise click.BadParameter("文件名须以 .xlsx 结尾。", param_hint="FILE")
    with _told():
        written = export_cases(_home(home_path), file, source=source, place=place, limit=limit)
    click.echo(f"{file}：{written} 件。填好后运行 gongkai review import {file}")


@review_command.command("import")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Check the rows and write nothing.")
@_home_option
def import_command(file: Path, dry_run: bool, home_path: Path | None) -> None:
    """Take a filled-in workbook back; doing so again changes nothing.

    Exit status: 0 all rows that say something were taken, 1 the file can't be read, 3 some rows were refused, which are named.
    """
    from review.workbook_import import import_workbook

    with _told():
        taken = import_workbook(_home(home_path), file, dry_run=dry_run)
    for row, sentence in taken.refused:
        click.echo(f"第 {row} 行未采用：{sentence}")
    word = "可以采用" if dry_run else "已记录"
    click.echo(f"{word} {len(taken.written)} 条决定，原已记录 {taken.known} 条，未填 {taken.blank} 行，"
               f"未采用 {len(taken.refused)} 行。")  # fmt: skip
    if taken.refused:
        click.get_current_context().exit(REFUSED)


class _told:  # noqa: N801 - a context manager
    """Failures that people read, without a traceback."""

    def __enter__(self) -> None:
        return

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, GongkaiError):
            raise click.ClickException(str(error)) from error


def _list_cases(found: Iterator[Case], limit: int, form: str) -> None:
    from review.cases import STATES_ZH

    shown = list(islice(found, limit + 1))
    for case in shown[:limit]:
        if form == "jsonl":
            click.echo(json.dumps(_as_json(case), ensure_ascii=False, default=str))
            continue
        click.echo(f"{case.case_id}\n    {case.whose}　{case.what}")
        reading = "" if case.subject == "report" else f"读数 {_number(case.read_value)}，{case.place}；"
        click.echo(
            f"    {reading}{case.document_name or ''}　【{STATES_ZH[case.standing]}】{case.note or ''}"
        )
    if form == "text":
        click.echo("没有待处理的内容。" if not shown else f"共列出 {len(shown[:limit])} 件"
                   + ("，还有更多（--limit）。" if len(shown) > limit else "。"))  # fmt: skip


def _as_json(case: Case) -> dict[str, Any]:
    names = (
        "case_id", "subject", "report_id", "document_sha256", "reader_version", "agency", "year", "source",
        "document_name", "rules", "messages", "metric", "applicant", "read_status", "read_value", "unit",
        "raw", "evidence", "where", "standing", "note",
    )  # fmt: skip
    return {name: getattr(case, name) for name in names}


def _list_decisions(home: Home, form: str) -> None:
    from review.decisions import VERDICTS, read_decisions

    ledger = read_decisions(home)
    words = {"in_force": "有效", "withdrawn": "已撤回", "overridden": "已有更新的决定"}
    for decision in ledger.decisions.values():
        standing = ledger.standing(decision)
        if form == "jsonl":
            said = {**decision.model_dump(mode="json", exclude_none=True), "standing": standing}
            click.echo(json.dumps(said, ensure_ascii=False))
            continue
        right = f"为 {decision.right_agency} {decision.right_year}" if decision.right_agency else ""
        value = decision.value if decision.status == "reported" else decision.status
        right = f"为 {value}" if value is not None else right
        click.echo(
            f"{decision.decision_id}　{decision.decided_at:%Y-%m-%d %H:%M}　{decision.decided_by}　"
            f"{VERDICTS[decision.decision]}{right}　【{words[standing]}】\n    {decision.case_id}\n    理由：{decision.reason}"
        )
        if (back := ledger.withdrawals.get(decision.decision_id)) is not None:
            click.echo(f"    {back.withdrawn_at:%Y-%m-%d %H:%M} {back.withdrawn_by} 撤回：{back.reason}")
    for refused in ledger.refused:
        click.echo(refused.sentence, err=True)
    if form == "text" and not ledger.decisions:
        click.echo("还没有任何决定。")


def _show(wanted: str, picture: Path | None, home: Home) -> None:
    from review.answers import possible_verdicts
    from review.asking import doubts_zh
    from review.cases import STATES_ZH, get_case
    from review.decisions import VERDICTS
    from review.evidence import evidence_of

    with _told():
        case = get_case(home, wanted)
    seen = evidence_of(home, case, pictured=picture is not None)
    lines = [
        case.case_id,
        f"机关与年度：{case.whose}",
        f"内容：{case.what}",
        f"状态：{STATES_ZH[case.standing]}　{case.note or ''}".rstrip(),
    ]
    lines += [f"规则：{rule}" for rule in case.rules]
    if case.subject == "cell":
        lines += [f"读数：{_number(case.read_value)} {case.unit or ''}（原文“{case.raw or ''}”）"]
        lines += [f"读法：{how}：{said}" for how, said in seen.readings]
        lines += [f"存疑原因：{doubts_zh(case.evidence)}", f"位置：{case.place}"]
    lines.append(
        f"原件：{case.document_name or ''}　sha256 {case.document_sha256}　读取器版本 {case.reader_version}"
    )
    lines += ["原文：", *(f"  {line}" for line in seen.excerpt)] if seen.excerpt else []
    lines.append(f"可以决定：{'、'.join(VERDICTS[verdict] for verdict in possible_verdicts(case))}")
    for line in lines:
        click.echo(line)
    if seen.problem:
        click.echo(seen.problem, err=True)
    if picture is None:
        return
    if seen.picture is None:
        raise click.ClickException("这里画不出图片（没有中文字体，或此处无法画出）；摘录见上。")
    picture.parent.mkdir(parents=True, exist_ok=True)
    picture.write_bytes(seen.picture)
    click.echo(f"图片 picture: {picture}")


def _number(value: Any) -> str:
    return "（没有读数）" if value is None else f"{value.normalize():f}"


def _home(path: Path | None) -> Home:
    return Home(path.resolve()) if path else Home.from_environment()
