"""Generated reports: figures known beforehand, printed in the layouts that are met in the wild.

`figures` draws coherent figures, `narrative` writes the prose around them, `tables` lays the statutory tables
out as abstract grids, and one module a format (`text`, `web`, `word`, `pdf`) prints them. The truth beside
each document is made from the figures that were printed, never from what a reader found.

The keys and labels here are written down a second time on purpose (`keys`): were they taken from the form's
data, a mistake in that would hide itself.
"""
