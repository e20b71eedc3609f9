"""Sources and how documents are pulled from them: one module a kind of source."""

from extract.pull.directory import walk
from extract.pull.pulling import PulledDocument, pull, stored_document
from extract.pull.source import Source, SourceError, enabled_sources, load_source

__all__ = [
    "PulledDocument",
    "Source",
    "SourceError",
    "enabled_sources",
    "load_source",
    "pull",
    "stored_document",
    "walk",
]
