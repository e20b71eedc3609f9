"""The files in sources/: what they may say, and how they are refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import extract.pull.source as source_module
from extract.pull import SourceError, Years, all_sources, enabled_sources, load_source
from extract.pull.kinds import MODELS
from extract.pull.source import json_schema
from extract.pull.web_kind import WebSource
from gongkai.settings import PROJECT_ROOT


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(source_module, "SOURCES", tmp_path)
    return tmp_path


def test_the_sources_of_the_project_are_sound() -> None:
    assert "samples" in {source.name for source in all_sources()}
    assert "defaults" not in enabled_sources()


def test_an_unknown_key_is_refused_with_file_key_and_what_is_allowed(folder: Path) -> None:
    (folder / "town.yaml").write_text(
        "kind: listing\naddress: https://a.gov.cn/\ncolour: red\npaging: {stile: next}\n", encoding="utf-8"
    )
    with pytest.raises(SourceError) as refused:
        load_source("town")
    sentence = str(refused.value)
    assert "town.yaml：不认识的键 colour，可用的键 / unknown key colour, allowed: address, alert" in sentence
    assert (
        "不认识的键 paging.stile" in sentence
        and "allowed: first, max_pages, next, pattern, step, style" in sentence
    )


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("kind: listing\n", "address：缺少这个键"),
        ("kind: listing\naddress: ftp://a/\n", "不是可用的网址"),
        ("kind: pigeon\n", "kind: 'pigeon' 不认识.*directory, json, listing, manifest, rss, sitemap"),
        ("kind: directory\npath: x\nplace: 36\n", "place：应为文本，数字要加引号"),
        ("kind: directory\npath: x\nname: other\n", "与文件名不同"),
        ("kind: listing\naddress: https://a.cn/\nmatch: {title: '('}\n", "正则表达式有误"),
        ("kind: listing\naddress: https://a.cn/\nlist: {items: 'li['}\n", "CSS 选择器有误"),
        ("kind: listing\naddress: https://a.cn/\npaging: {pattern: p.html}\n", r"要含有 \{page\}"),
        (
            "kind: listing\naddress: https://a.cn/\npoliteness: {delay_seconds: -1}\n",
            "delay_seconds：不能小于",
        ),
        ("kind: manifest\n", "address 与 path 要写其中一个"),
        ("kind: sitemap\naddress: https://a.cn/\n", "match.address"),
        ("kind: json\naddress: https://a.cn/\nlist: {items: d, address: u}\n", r"address 要含有 \{page\}"),
        ("kind: directory\npath: x\nyears: {first: 2024, last: 2020}\n", "first 不能晚于 last"),
        ("kind: directory\npath: x\npath: y\n", "写了两次"),
        ("- kind\n", "应为若干键值"),
        ("kind: [\n", "不是有效的 YAML"),
        ("kind: directory\npath: x\nrecheck_days: often\n", "recheck_days：应为整数"),
    ],
)
def test_impossible_settings_are_refused_in_words(folder: Path, text: str, told: str) -> None:
    (folder / "bad.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(SourceError, match=rf"bad\.yaml(.|\n)*{told}"):
        load_source("bad")


def test_defaults_lie_below_a_source_and_are_checked_themselves(folder: Path) -> None:
    defaults = folder / "defaults.yaml"
    defaults.write_text(
        "every_kind: {recheck_days: 9}\nlisting: {politeness: {delay_seconds: 3, retries: 1}}\n",
        encoding="utf-8",
    )
    (folder / "a.yaml").write_text(
        "kind: listing\naddress: https://a.gov.cn/\npoliteness: {retries: 2}\n", encoding="utf-8"
    )
    source = load_source("a")
    assert isinstance(source, WebSource)
    assert (source.recheck_days, source.politeness.delay_seconds, source.politeness.retries) == (9, 3, 2)
    for text, told in (
        ("every_kind: {colour: red}\n", "colour"),
        ("pigeon: {}\n", "pigeon"),
        ("rss: {politeness: {colour: red}}\n", "politeness.colour"),
        ("listing: 3\n", "listing"),
    ):
        defaults.write_text(text, encoding="utf-8")
        with pytest.raises(SourceError, match=rf"defaults\.yaml(.|\n)*{told}"):
            load_source("a")
    with pytest.raises(SourceError, match="neither a file or folder"):
        load_source("defaults")


def test_the_examples_of_the_guide_are_sound(folder: Path) -> None:
    """Every YAML block of docs/sources.md that has a kind is a source as it stands there."""
    page = (PROJECT_ROOT / "docs" / "sources.md").read_text(encoding="utf-8")
    blocks = [block.partition("```")[0] for block in page.split("```yaml\n")[1:]]
    kinds = set()
    for number, block in enumerate(block for block in blocks if "kind:" in block):
        (folder / f"example{number}.yaml").write_text(block, encoding="utf-8")
        kinds.add(load_source(f"example{number}").kind)
    assert kinds == MODELS.keys()


def test_the_schema_for_editors_knows_every_kind() -> None:
    schema = json.dumps(json_schema())
    for kind in MODELS:
        assert f'"const": "{kind}"' in schema
    assert "unnamed_path" not in schema


def test_two_paths_of_the_same_name_are_two_sources(tmp_path: Path) -> None:
    keys = set()
    for parent in ("a", "b"):
        (tmp_path / parent / "reports").mkdir(parents=True)
        source = load_source(str(tmp_path / parent / "reports"))
        assert source.name == "reports"
        keys.add(source.key)
    assert len(keys) == 2


def test_years_cover_what_cannot_be_told() -> None:
    years = Years(first=2021, last=2023)
    assert [years.cover(year) for year in (2020, 2021, 2023, 2024, None)] == [False, True, True, False, True]
    assert [Years(only=frozenset({2022})).cover(year) for year in (2021, 2022, None)] == [False, True, True]
