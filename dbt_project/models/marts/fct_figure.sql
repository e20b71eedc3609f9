-- Grain: one row a report x metric x applicant: every cell of the report's form, printed or not.
-- A doubtful figure has no value; what was read stands beside it. A figure that a person has corrected has the corrected
-- value and status; what was read is kept in read_value and read_status.
{{ config(materialized='view', tags=['settled']) }}
with figures as (
    {{ figures_with_corrections(published('store_figure'), published('store_correction')) }}
)

select
    report.report_id,
    report.agency_key,
    report.year,
    figure.metric_key,
    figure.applicant_key,
    {{ corrected_columns('figure') }},
    {{ stored_text('figure') }} as raw,
    {{ place_columns('figure', 'path', 'grid') }},
    {{ stored_evidence('figure') }} as evidence,
    figure.is_corrected,
    case when figure.is_corrected then figure.number end as read_value,
    case when figure.is_corrected then figure.value_status end as read_status,
    report.is_current,
    report.load_id
from figures as figure
inner join {{ published('dim_report') }} as report on report.report_no = figure.report_no
left join {{ published('store_path') }} as path on path.path_no = figure.path_no
left join {{ published('store_grid') }} as grid on grid.report_no = figure.report_no
