-- Grain: one row a table row of a report that the form does not know, kept as printed.
{{ config(materialized='view', tags=['settled']) }}
select
    report.report_id,
    extra.extra_index,
    report.agency_key,
    report.year,
    extra.label,
    extra.raw,
    extra.page,
    extra.x0,
    extra.top,
    extra.x1,
    extra.bottom,
    extra.path,
    extra.line,
    report.is_current,
    report.load_id
from {{ published('store_extra') }} as extra
inner join {{ published('dim_report') }} as report on report.report_no = extra.report_no
