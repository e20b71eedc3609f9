-- Grain: one row a count that a report's running text states.
select
    claim.report_id,
    claim.claim_index,
    report.agency_key,
    report.year,
    claim.metrics,
    claim.applicant as applicant_key,
    claim.value,
    claim.approximate,
    claim.scope,
    claim.quote,
    claim.page,
    claim.x0,
    claim.top,
    claim.x1,
    claim.bottom,
    claim.path,
    claim.line,
    report.is_current,
    report.load_id
from {{ ref('stg_claim') }} as claim
inner join {{ ref('int_report') }} as report using (report_id)
