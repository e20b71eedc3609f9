-- Grain: one row a report x metric x applicant: every cell of the report's form, printed or not.
-- A doubtful figure has no value; what was read stands beside it.
select
    cell.report_id,
    report.agency_key,
    report.year,
    cell.metric as metric_key,
    cell.applicant as applicant_key,
    case when cell.status = 'reported' then cell.value end as value,
    cell.status as value_status,
    case when cell.status = 'doubtful' then cell.value end as doubtful_reading,
    cell.unit,
    cell.raw,
    cell.page,
    cell.x0,
    cell.top,
    cell.x1,
    cell.bottom,
    cell.path,
    cell.line,
    cell.evidence,
    report.is_current,
    report.load_id
from {{ ref('stg_cell') }} as cell
inner join {{ ref('int_report') }} as report using (report_id)
