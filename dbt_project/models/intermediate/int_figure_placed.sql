-- Grain: one row a report x metric x applicant, of the reports that this build may look at: as `int_figure`, and where in the
-- document each figure stands.
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
    {{ stored_text('figure') }} as raw,
    {{ place_columns('figure', 'path') }}
from figures as figure
inner join {{ ref('int_context_report') }} as report using (report_no)
left join {{ ref('store_path') }} as path on path.path_no = figure.path_no
