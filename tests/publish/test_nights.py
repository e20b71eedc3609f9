"""A night on top of what is published gives what a build of everything gives."""

from __future__ import annotations

import hashlib
import random
from pathlib import Path

import pytest

from gongkai.settings import Home
from publish.build import BuildError, build_path, build_warehouse
from publish.state import NoBaseError, find_base, state_path
from tests.dbt_project.landed import Report, land
from tests.publish.sequences import Night, build_all, draw_nights, load_id, marts, play, publish


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(8))
def test_any_sequence_of_loads_gives_the_marts_of_a_build_of_everything(tmp_path: Path, seed: int) -> None:
    nights = draw_nights(random.Random(seed))
    home = Home(tmp_path / "in turn")

    in_turn = marts(play(home, nights))
    at_once = marts(build_all(home, Home(tmp_path / "at once"), len(nights) - 1))

    assert in_turn.keys() == at_once.keys()
    for name, rows in at_once.items():
        assert in_turn[name] == rows, name


@pytest.mark.soak
def test_a_load_that_fails_leaves_what_is_published_byte_for_byte(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = Home(tmp_path)
    play(home, [Night([Report("a", "鹿固乡", 2022)])])
    publish(home, 0)
    before = [_digest(path) for path in (home.warehouse, state_path(home, load_id(0)))]

    land(home, load_id(1), [Report("b", "小铺乡", 2022)])
    for part in (home.landing / "claims" / f"load={load_id(1)}").iterdir():
        part.write_bytes(b"no Parquet")
    with pytest.raises(BuildError):
        build_warehouse(home, load_id(1))

    assert not build_path(home, load_id(1)).exists()
    assert [_digest(path) for path in (home.warehouse, state_path(home, load_id(0)))] == before
    assert find_base(home, load_id(1)).load_id == load_id(0)

    # a project that has changed builds everything, and so does a load whose like is published
    monkeypatch.setattr("publish.state.fingerprint", lambda: "another")
    with pytest.raises(NoBaseError, match="models"):
        find_base(home, load_id(1))
    monkeypatch.undo()
    with pytest.raises(NoBaseError, match="itself"):
        find_base(home, load_id(0))
    state_path(home, load_id(0)).unlink()
    with pytest.raises(NoBaseError, match="state file"):
        find_base(home, load_id(1))
