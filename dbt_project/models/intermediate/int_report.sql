-- Grain: one row a report that is published: as of the reading that counts, not held back, its agency known or keyed.
-- Several reports of one agency and year are revisions of one another: counted from the earliest, the last one current.
with published as (
    select *
    from {{ ref('stg_report') }}
    where agency is not null
        and year is not null
        and report_id not in (select report_id from {{ ref('stg_quarantine') }})
),

keyed as (
    select published.*, agency.agency_key, agency.resolution, agency.resolution_evidence
    from published
    inner join {{ ref('int_report_agency') }} as agency using (report_id)
)

select
    *,
    row_number() over revisions as revision,
    row_number() over revisions = count(*) over (partition by agency_key, year) as is_current
from keyed
window revisions as (
    partition by agency_key, year
    order by published_on nulls first, retrieved_at nulls first, document_sha256, report_index
)
