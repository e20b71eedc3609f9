-- Grain: one row a report that is published: which agency it is of. The one place a report's agency key comes from.
-- A name that could not be resolved has a key of its own (source and printed name). Where several documents of a year carry
-- it, they may be of several agencies (two towns called 光华镇): then each spot (address, and place in the document)
-- is an agency of its own, so that none is taken for a correction of another. A new document at the same address is
-- a correction. The keys follow from the documents that count, not from the order in which they came.
with published as (
    select report_id, agency as agency_printed, source, source_place, year, document_sha256, report_index
    from {{ ref('stg_report') }}
    where agency is not null
        and year is not null
        and report_id not in (select report_id from {{ ref('stg_quarantine') }})
),

named as (
    select
        published.*,
        name.agency_key as agency_key_of_name,
        name.resolution,
        name.resolution_evidence,
        left(md5(coalesce(address.address, published.document_sha256) || '#' || published.report_index), 8) as spot
    from published
    inner join {{ ref('int_agency_resolution') }} as name
        on name.agency_printed = published.agency_printed
        and name.source = published.source
        and name.source_place is not distinct from published.source_place
    left join {{ ref('stg_document_address') }} as address
        on address.document_sha256 = published.document_sha256 and address.source = published.source
),

shared as (
    select distinct agency_key_of_name
    from named
    where resolution <> 'resolved'
    group by agency_key_of_name, year
    having count(distinct spot) > 1
)

select
    report_id,
    case
        when agency_key_of_name in (select agency_key_of_name from shared) then agency_key_of_name || ':' || spot
        else agency_key_of_name
    end as agency_key,
    agency_key_of_name,
    agency_printed,
    source,
    source_place,
    resolution,
    resolution_evidence
from named
