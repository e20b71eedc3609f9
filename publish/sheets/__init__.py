"""Tables for people without tools: CSV files or a workbook for a year and a place, with Chinese heads.

- `sheets.yaml` and the `.sql` files beside it: which sheets there are and what is in them.
- `places`: which place is meant, and which agencies belong to it.
- `content`: the sheets' rows.
- `workbook`, `csv_files`: the two formats.
- `export`: the way from a year and a place to a file.
"""
