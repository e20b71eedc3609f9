"""The BI dashboards as code: short descriptions in YAML, compiled for Apache Superset, which is started on the warehouse."""
