{{ config(materialized='view') }}
-- Grain: one row a report x metric x applicant: every cell of the report's form, printed or not.
-- A doubtful figure has no value; what was read stands beside it.
select
    report.report_id,
    report.agency_key,
    report.year,
    figure.metric_key,
    figure.applicant_key,
    case when figure.value_status = 'reported' then {{ stored_number('figure') }} end as value,
    figure.value_status,
    case when figure.value_status = 'doubtful' then {{ stored_number('figure') }} end as doubtful_reading,
    figure.unit,
    {{ stored_text('figure') }} as raw,
    {{ place_columns('figure', 'path') }},
    case when figure.evidence = '' then [] else string_split(figure.evidence, chr(10)) end as evidence,
    report.is_current,
    report.load_id
from {{ published('store_figure') }} as figure
inner join {{ published('dim_report') }} as report on report.report_no = figure.report_no
left join {{ published('store_path') }} as path on path.path_no = figure.path_no
