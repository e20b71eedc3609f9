"""The bundled samples, loaded once for all tests (see tests/end_to_end), and one set-up of Great Expectations."""

from __future__ import annotations

from tests.end_to_end.conftest import samples_run
from tests.expectations.conftest import one_judge

__all__ = ["one_judge", "samples_run"]
