"""Data quality as data: Great Expectations suites, and the two gates of a load.

Import `expectations.gates` for the gates; nothing here imports Great Expectations before a gate runs.
"""
