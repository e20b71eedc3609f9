{{ config(materialized='view') }}
-- Grain: one row a report x metric x applicant: every cell of the report's form, printed or not.
-- A doubtful figure has no value; what was read stands beside it. A figure that a person has corrected has the corrected
-- value and status; what was read is kept in read_value and read_status.
select
    report.report_id,
    report.agency_key,
    report.year,
    figure.metric_key,
    figure.applicant_key,
    case
        when correction.correction_id is not null then correction.new_value
        when figure.value_status = 'reported' then {{ stored_number('figure') }}
    end as value,
    coalesce(correction.new_status, figure.value_status) as value_status,
    case when figure.value_status = 'doubtful' and correction.correction_id is null then {{ stored_number('figure') }} end as doubtful_reading,
    case when correction.new_status = 'reported' then correction.new_unit else figure.unit end as unit,
    {{ stored_text('figure') }} as raw,
    {{ place_columns('figure', 'path') }},
    case when figure.evidence = '' then [] else string_split(figure.evidence, chr(10)) end as evidence,
    correction.correction_id is not null as is_corrected,
    case when correction.correction_id is not null then {{ stored_number('figure') }} end as read_value,
    case when correction.correction_id is not null then figure.value_status end as read_status,
    report.is_current,
    report.load_id
from {{ published('store_figure') }} as figure
inner join {{ published('dim_report') }} as report on report.report_no = figure.report_no
left join {{ published('store_path') }} as path on path.path_no = figure.path_no
left join {{ published('store_correction') }} as correction
    on {{ corrects('correction', 'figure') }}
