"""The bulletin of a load: one page for people, as HTML that needs nothing else and as short Markdown."""

from publish.bulletin.compose import write_bulletin

__all__ = ["write_bulletin"]
