-- Grain: one row a figure that a person has corrected: what `fct_figure` puts in the place of what was read.
{{ config(alias='correction', materialized='table') }}
select
    {{ report_number('report_id') }} as report_no,
    metric_key,
    applicant_key,
    correction_id,
    read_status,
    read_value,
    new_status,
    new_value,
    new_unit
from {{ ref('int_correction') }}
