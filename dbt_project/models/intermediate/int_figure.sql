-- Grain: one row a report x metric x applicant, of the reports that this build may look at (`int_context_report`). What models read
-- that make marts of figures: without the figures' places, and in a build on top of the last one a few reports only.
{{ config(materialized='view') }}
with figures as (
    {{ figures_with_corrections(ref('store_figure'), ref('store_correction')) }}
)

select
    report.report_no,
    report.report_id,
    report.agency_key,
    report.year,
    report.is_current,
    figure.metric_key,
    figure.applicant_key,
    {{ corrected_columns('figure') }},
    figure.is_corrected
from figures as figure
inner join {{ ref('int_context_report') }} as report using (report_no)
