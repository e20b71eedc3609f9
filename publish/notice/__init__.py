"""The notice that an office sends to an agency whose report does not add up: what, in which cell, with both numbers."""
