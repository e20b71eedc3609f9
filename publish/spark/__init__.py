"""The warehouse on Spark: the same models, for when the country outgrows one machine (docs/spark.md).

`command` and `launch` run in the project's environment, `dialect` in both, everything else in Spark's own, which has neither
Airflow nor DuckDB.
"""
