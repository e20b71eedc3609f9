-- Grain: one row a report that is published: as of the reading that counts, not held back, its agency known or keyed, its
-- revisions in order (`int_report_order`).
{{ config(materialized='view') }}
select
    report.*,
    ordered.agency_key,
    ordered.resolution,
    ordered.resolution_evidence,
    ordered.is_successor,
    ordered.counts_from,
    ordered.revision,
    ordered.is_current
from {{ ref('int_report_order') }} as ordered
inner join {{ ref('stg_report') }} as report using (report_no)
