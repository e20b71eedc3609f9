"""What runs in Superset's own environment; nothing of the main environment is importable here."""
