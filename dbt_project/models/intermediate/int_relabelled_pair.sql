-- Grain: one row a report and one of another year or agency whose place it took at an address.
-- Only documents that hold one report each are compared. mark, earlier_mark: change whenever anything about the two reports does.
{{ config(meta={'remember': ['report_id']}) }}
with met_again as (
    select source, address from {{ ref('stg_sighting') }} group by source, address having count(*) > 1
),

alone as (
    select document_sha256 from {{ ref('stg_published_reading') }} inner join {{ ref('stg_reading') }} using (report_no)
    group by document_sha256 having count(*) = 1
),

succession as (
    select
        ordered.report_id,
        ordered.report_no,
        ordered.agency_key,
        ordered.year,
        ordered.mark,
        sighting.document_sha256,
        lag(ordered.report_no) over at_address as earlier_report_no,
        lag(ordered.report_id) over at_address as earlier_report_id,
        lag(ordered.agency_key) over at_address as earlier_agency_key,
        lag(ordered.year) over at_address as earlier_year,
        lag(ordered.mark) over at_address as earlier_mark,
        lag(sighting.document_sha256) over at_address as earlier_sha256
    from {{ ref('stg_sighting') }} as sighting
    semi join met_again using (source, address)
    semi join alone using (document_sha256)
    inner join {{ ref('stg_reading') }} as reading using (document_sha256)
    inner join {{ ref('int_report_order') }} as ordered using (report_no)
    window at_address as (
        partition by sighting.source, sighting.address
        order by sighting.first_load_id, sighting.first_seen_at, sighting.document_sha256
    )
)

select distinct * exclude (document_sha256, earlier_sha256)
from succession
where earlier_sha256 <> document_sha256
    and (earlier_agency_key <> agency_key or earlier_year <> year)
