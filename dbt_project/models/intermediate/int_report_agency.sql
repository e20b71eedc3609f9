-- Grain: one row a report that is published: which agency it is of. The one place a report's agency key comes from.
-- A name that could not be resolved has a key of its own (source and printed name). Where several documents of a year carry
-- it, they may be of several agencies (two towns called 光华镇): then each spot (address, and place in the document)
-- is an agency of its own, so that none is taken for a correction of another. A new document at the same address is
-- a correction. The keys follow from the documents that count, not from the order in which they came.
with published as (
    select reading.report_no, reading.report_id, reading.agency as agency_printed, reading.source, reading.source_place, reading.year, reading.document_sha256, reading.report_index
    from {{ ref('stg_reading') }} as reading
    inner join {{ ref('stg_published_reading') }} using (report_no)
),

named as (
    select
        published.*,
        name.agency_key as agency_key_of_name,
        name.resolution,
        name.resolution_evidence
    from published
    inner join {{ ref('int_agency_resolution') }} as name
        on name.agency_printed = published.agency_printed
        and name.source = published.source
        and name.source_place is not distinct from published.source_place
),

-- only the unresolved have to be told apart
spotted as (
    select
        named.report_no,
        named.agency_key_of_name,
        named.year,
        left(md5(coalesce(address.address, named.document_sha256) || '#' || named.report_index), 8) as spot
    from named
    left join {{ ref('stg_document_address') }} as address
        on address.document_sha256 = named.document_sha256 and address.source = named.source
    where named.resolution <> 'resolved'
),

shared as (
    select distinct agency_key_of_name
    from spotted
    group by agency_key_of_name, year
    having count(distinct spot) > 1
)

select
    named.report_id,
    named.report_no,
    case
        when shared.agency_key_of_name is not null then named.agency_key_of_name || ':' || spotted.spot
        else named.agency_key_of_name
    end as agency_key,
    named.agency_key_of_name,
    named.agency_printed,
    named.source,
    named.source_place,
    named.resolution,
    named.resolution_evidence
from named
left join spotted using (report_no)
left join shared on shared.agency_key_of_name = spotted.agency_key_of_name
