"""The bundled samples, loaded once for all tests (see tests/end_to_end)."""

from __future__ import annotations

from tests.end_to_end.conftest import samples_run

__all__ = ["samples_run"]
