{{ config(materialized='view') }}
-- Grain: one row a report x metric x applicant, of the reports that this build may look at: as `int_figure`, and where in the
-- document each figure stands.
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
    figure.unit,
    {{ stored_text('figure') }} as raw,
    {{ place_columns('figure', 'path') }}
from {{ ref('store_figure') }} as figure
inner join {{ ref('int_context_report') }} as report using (report_no)
left join {{ ref('store_path') }} as path on path.path_no = figure.path_no
