{{ config(materialized='view') }}
-- Grain: one row a report x metric x applicant, of the reports that this build may look at (`int_context_report`). What models read
-- that make marts of figures: without the figures' places, and in a build on top of the last one a few reports only.
select
    report.report_no,
    report.report_id,
    report.agency_key,
    report.year,
    report.is_current,
    figure.metric_key,
    figure.applicant_key,
    case when figure.value_status = 'reported' then {{ stored_number('figure') }} end as value,
    figure.value_status,
    case when figure.value_status = 'doubtful' then {{ stored_number('figure') }} end as doubtful_reading,
    figure.unit
from {{ ref('store_figure') }} as figure
inner join {{ ref('int_context_report') }} as report using (report_no)
