"""Alerts: what a load, a source or a report gives reason to tell, told once to the people who look after it."""
