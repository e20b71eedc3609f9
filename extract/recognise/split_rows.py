"""Rows of explicit grids that a page break has cut in two."""
from extract.read.flow import Heads
from extract.read.layout import PageRead

def join_split_rows(pages: list[PageRead], heads: Heads) -> list[PageRead]:
    return pages
