"""Frozen dataclasses without the price: `value_class` for those of which a document makes hundreds.

Python's own frozen dataclasses set each attribute through a function call. The 3,000 small values of one report (runs,
rulings, cells, places) took 7 % of its whole time that way, and take 2 % as plain ones with the same equality and hash.
The type checker still sees `dataclass(frozen=True)`, and refuses every assignment.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

__all__ = ["value_class"]

if TYPE_CHECKING:
    from dataclasses import dataclass as value_class
else:
    from dataclasses import dataclass

    def value_class(*, frozen: bool, slots: bool) -> Any:
        """Decorator of a class that nobody changes; always `@value_class(frozen=True, slots=True)`."""
        assert frozen and slots  # noqa: S101  (said for the reader and the type checker)
        return dataclass(slots=True, unsafe_hash=True)
