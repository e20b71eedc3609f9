-- Grain: one row a count that a report's running text states.
{{ config(materialized='view', tags=['settled']) }}
select
    report.report_id,
    claim.claim_index,
    report.agency_key,
    report.year,
    claim.metrics,
    claim.applicant_key,
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
from {{ published('store_claim') }} as claim
inner join {{ published('dim_report') }} as report on report.report_no = claim.report_no
