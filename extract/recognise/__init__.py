"""Blocks of text and grids -> reports: finds the statutory tables, aligns them with the form, tests them, decides what is doubtful."""
