-- Grain: one row a report that is published, with its place among the reports of its agency and year.
-- Several reports of one agency and year are revisions of one another, and the last one published is current. The order is
-- that of their dates of publication, then of when they were first seen: a document read again is no newer for it.
-- What took another document's place at the same address came after it, whatever date it prints: if it prints none, or
-- one before the date of what it replaced, the day it was first seen there stands for its date.
-- mark: changes whenever anything about the report does, so that a build can tell which reports a load has touched.
{{ config(meta={'remember': ['report_id', 'agency_key', 'year']}) }}
with keyed as (
    select
        agency.report_no,
        agency.report_id,
        agency.agency_key,
        report.year,
        agency.resolution,
        agency.resolution_evidence,
        report.document_sha256,
        report.report_index,
        report.published_on,
        report.retrieved_at,
        {{ row_mark('report') }} as mark,
        count(*) over (partition by agency.agency_key, report.year) as reports
    from {{ ref('int_report_agency') }} as agency
    inner join {{ ref('stg_report') }} as report using (report_no)
),

-- most agencies have one report a year
single as (
    select * from keyed where reports = 1
),

several as (
    select * from keyed where reports > 1
),

at_addresses as (
    select
        several.report_no,
        first_value(several.document_sha256) over succession <> several.document_sha256 as is_successor,
        max(several.published_on) over (
            succession rows between unbounded preceding and 1 preceding
        ) as replaced_published_on,
        sighting.first_seen_at
    from several
    inner join {{ ref('stg_sighting') }} as sighting using (document_sha256)
    window succession as (
        partition by sighting.source, sighting.address, several.agency_key, several.year
        order by sighting.first_load_id, sighting.first_seen_at, several.document_sha256, several.report_index
    )
),

succeeding as (
    select
        report_no,
        max(replaced_published_on) as replaced_published_on,
        min(first_seen_at) as succeeded_at
    from at_addresses
    where is_successor
    group by report_no
),

dated as (
    select
        several.*,
        succeeding.report_no is not null as is_successor,
        case
            when succeeding.report_no is not null
                and (several.published_on is null or several.published_on < succeeding.replaced_published_on)
                then cast({{ shanghai('succeeding.succeeded_at') }} as date)
            else several.published_on
        end as counts_from
    from several
    left join succeeding using (report_no)
),

ordered as (
    select
        *,
        row_number() over revisions as revision,
        row_number() over revisions = reports as is_current
    from dated
    window revisions as (
        partition by agency_key, year
        order by counts_from nulls first, retrieved_at nulls first, document_sha256, report_index
    )
    union all by name
    select *, false as is_successor, published_on as counts_from, 1 as revision, true as is_current
    from single
)

select report_no, report_id, agency_key, year, resolution, resolution_evidence, is_successor, counts_from, revision, is_current, mark
from ordered
