"""What runs in Superset's own environment: only this package of the project is importable there, nothing it depends on."""
