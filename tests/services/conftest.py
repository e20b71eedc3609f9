"""A PostgreSQL server for the tests of this folder, where one is installed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.services.postgres import Server, server_in_temporary_folder


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Server]:
    """A running server; tests make databases of their own in it."""
    with server_in_temporary_folder() as server:
        yield server
