"""The published warehouse in PostgreSQL, for BI tools that want a server.

- `target`: which server, and as whom people read.
- `layout`: tables, keys, indexes and comments, as SQL.
- `stream`: rows from the published DuckDB file into a PostgreSQL table.
- `digests`: what differs between what the server holds and what is published.
- `publishing`: brings the server up to what is published, by changes or by a swap.
"""
