"""A small test site, its sources, and homes to pull into."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from extract.document import READER_VERSION
from extract.landing import read_load, write_part
from extract.pull import PullResult, pull
from gongkai.settings import Home
from tests.extract.pull.sites import connect, source_of
from tests.pull_site import PullSite


@dataclass
class Nights:
    """A home into which night after night is pulled."""

    home: Home
    site: PullSite
    number: int = 0

    @property
    def load_id(self) -> str:
        return f"2026110{self.number}T020000-0000"

    def pull(
        self, name: str, *, same: bool = False, publish: bool = True, mode: Any = "incremental", **more: Any
    ) -> PullResult:
        """A night of a section: `same` repeats the load of the night before, `publish` marks it as published."""
        years = more.pop("wanted", None)
        self.number += not same
        self.site.clear_log()
        source = source_of(self.site, name, **more)
        result = pull(source, self.home, self.load_id, mode=mode, years=years, connect=connect)
        if publish:
            self.publish()
        return result

    def publish(self) -> None:
        """Mark the load as published: all its documents read."""
        key = {"load_id": self.load_id}
        read = [
            key | {"document_sha256": row["document_sha256"]}
            for row in self.rows("documents")
            if row["is_new"]
        ]
        write_part(self.home.landing, "rejects", self.load_id, "batch-00001", read)
        write_part(
            self.home.landing, "loads", self.load_id, "mark", [key | {"reader_version": READER_VERSION}]
        )

    def rows(self, dataset: str) -> list[dict[str, Any]]:
        return read_load(self.home.landing, dataset, self.load_id).to_pylist()

    def fetches(self, *outcomes: str) -> list[dict[str, Any]]:
        return [row for row in self.rows("fetches") if row["outcome"] in outcomes]

    def age(self, name: str, days: float) -> None:
        """Let days pass for all that is known of a section."""
        with closing(sqlite3.connect(self.home.pulls / f"{name}.sqlite")) as state, state:
            for address, is_list, checked_at in state.execute(
                "select address, is_list, checked_at from address"
            ).fetchall():
                earlier = (datetime.fromisoformat(checked_at) - timedelta(days=days)).isoformat()
                state.execute(
                    "update address set checked_at = ? where address = ? and is_list = ?",
                    (earlier, address, is_list),
                )

    @property
    def asked(self) -> list[tuple[str, bool]]:
        """Path and whether it was conditional of every request of the last night, robots.txt left out."""
        return [
            (visit.request.path, visit.request.conditional)
            for visit in self.site.log
            if visit.request.path != "/robots.txt"
        ]


@pytest.fixture
def nights(tmp_path: Path) -> Iterator[Nights]:
    with PullSite(reports=60) as site:
        yield Nights(Home(tmp_path / "home"), site)


@pytest.fixture
def larger(tmp_path: Path) -> Iterator[Nights]:
    with PullSite(reports=200) as site:
        yield Nights(Home(tmp_path / "home"), site)
