-- Grain: one row a report x metric x applicant: every cell of the report's form, printed or not.
-- A doubtful figure has no value; what was read stands beside it. A figure that a person has corrected has the corrected
-- value and status; what was read is kept in read_value and read_status.
select
    cell.report_id,
    report.agency_key,
    report.year,
    cell.metric as metric_key,
    cell.applicant as applicant_key,
    case
        when correction.correction_id is not null then correction.new_value
        when cell.status = 'reported' then cell.value
    end as value,
    coalesce(correction.new_status, cell.status) as value_status,
    case when cell.status = 'doubtful' and correction.correction_id is null then cell.value end as doubtful_reading,
    case when correction.new_status = 'reported' then correction.new_unit else cell.unit end as unit,
    cell.raw,
    cell.page,
    cell.x0,
    cell.top,
    cell.x1,
    cell.bottom,
    cell.path,
    cell.line,
    cell.evidence,
    correction.correction_id is not null as is_corrected,
    case when correction.correction_id is not null then cell.value end as read_value,
    case when correction.correction_id is not null then cell.status end as read_status,
    report.is_current,
    report.load_id
from {{ ref('stg_cell') }} as cell
inner join {{ ref('int_report') }} as report using (report_id)
left join {{ ref('int_correction') }} as correction
    on correction.report_id = cell.report_id
    and correction.metric_key = cell.metric
    and correction.applicant_key = cell.applicant
    -- only as long as it reads as the person saw it, and not as it should
    and correction.read_value is not distinct from cell.value
    and (
        correction.new_status <> cell.status
        or correction.new_value is distinct from cell.value
        or correction.new_status = 'reported' and correction.new_unit is distinct from cell.unit
    )
