-- Grain: one row a report x metric x applicant, of reports that follow or are followed by another, of those that this build may look
-- at: as `int_figure`, and where in the document each figure stands.
{{ config(materialized='view') }}
with concerned as (
    select report.report_no
    from {{ ref('int_context_report') }} as report
    where report.report_id in (select report_id from {{ ref('int_revision') }})
        or report.report_id in (select previous_report_id from {{ ref('int_revision') }})
),

-- before anything is worked out: most reports have no revision
kept as (
    select * from {{ ref('store_figure') }} where report_no in (select report_no from concerned)
),

figures as (
    {{ figures_with_corrections('kept', ref('store_correction')) }}
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
    {{ place_columns('figure', 'path', 'grid') }}
from figures as figure
inner join {{ ref('int_context_report') }} as report using (report_no)
left join {{ ref('store_path') }} as path on path.path_no = figure.path_no
left join {{ ref('store_grid') }} as grid on grid.report_no = figure.report_no
