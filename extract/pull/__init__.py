"""Sources and how documents are pulled from them: one module a kind of source."""

from extract.pull.directory import walk
from extract.pull.findings import SourceFinding
from extract.pull.preview import Preview, PreviewedLink, preview
from extract.pull.pulling import PullResult, pull, pull_sources, stored_document
from extract.pull.schema import Source, SourceError, Years
from extract.pull.source import all_sources, enabled_sources, load_source, source_names

__all__ = [
    "Preview",
    "PreviewedLink",
    "PullResult",
    "Source",
    "SourceError",
    "SourceFinding",
    "Years",
    "all_sources",
    "enabled_sources",
    "load_source",
    "preview",
    "pull",
    "pull_sources",
    "source_names",
    "stored_document",
    "walk",
]
