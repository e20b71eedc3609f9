-- Grain: one row a report that is published: as of the reading that counts, not held back, its agency known or keyed.
-- Several reports of one agency and year are revisions of one another, and the last one published is current. The order is
-- that of their dates of publication, then of when they were first seen: a document read again is no newer for it.
-- What took another document's place at the same address came after it, whatever date it prints: if it prints none, or
-- one before the date of what it replaced, the day it was first seen there stands for its date.
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
),

at_addresses as (
    select
        keyed.report_id,
        first_value(keyed.document_sha256) over succession <> keyed.document_sha256 as is_successor,
        max(keyed.published_on) over (
            succession rows between unbounded preceding and 1 preceding
        ) as replaced_published_on,
        sighting.first_seen_at
    from keyed
    inner join {{ ref('stg_sighting') }} as sighting using (document_sha256)
    window succession as (
        partition by sighting.source, sighting.address, keyed.agency_key, keyed.year
        order by sighting.first_load_id, sighting.first_seen_at, keyed.document_sha256, keyed.report_index
    )
),

succeeding as (
    select
        report_id,
        max(replaced_published_on) as replaced_published_on,
        min(first_seen_at) as succeeded_at
    from at_addresses
    where is_successor
    group by report_id
),

dated as (
    select
        keyed.*,
        succeeding.report_id is not null as is_successor,
        case
            when succeeding.report_id is not null
                and (keyed.published_on is null or keyed.published_on < succeeding.replaced_published_on)
                then cast({{ shanghai('succeeding.succeeded_at') }} as date)
            else keyed.published_on
        end as counts_from
    from keyed
    left join succeeding using (report_id)
)

select
    *,
    row_number() over revisions as revision,
    row_number() over revisions = count(*) over (partition by agency_key, year) as is_current
from dated
window revisions as (
    partition by agency_key, year
    order by counts_from nulls first, retrieved_at nulls first, document_sha256, report_index
)
