"""Failures that people read: each carries one Chinese sentence that says what happened and what to do."""

from __future__ import annotations


class GongkaiError(Exception):
    """A failure with a sentence for people; trying again by itself would not help."""


class LeaseHeldError(GongkaiError):
    """Another load is at work in this home."""


class LeaseLostError(GongkaiError):
    """This load no longer holds the lease, so it may write nothing more."""


class LoadStoppedError(GongkaiError):
    """A gate stopped the load: nothing is published, yesterday's warehouse stays as it was."""


class UsageError(GongkaiError):
    """The load can't begin with what it was given (no such source, no source at all, unknown mode)."""
