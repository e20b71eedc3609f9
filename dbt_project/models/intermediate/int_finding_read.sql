-- Grain: one row a rule inside one report that it breaks or that can't be tested on it, as read.
{{ config(materialized='incremental', incremental_strategy='append', meta={'slice': 'reading'}) }}
select report_no, report_id, rule, outcome, metric, applicant, expected, found, message
from {{ ref('stg_finding') }}
