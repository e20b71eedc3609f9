-- Grain: one row a report that follows another of the same agency and year, with the one before it.
select
    report_id,
    lag(report_id) over succession as previous_report_id,
    agency_key,
    year,
    revision,
    is_current,
    generation,
    lag(generation) over succession as previous_generation,
    case
        when lag(document_sha256) over succession = document_sha256 then 'same_document'
        when is_successor then 'same_address'
        else 'elsewhere'
    end as arrival,
    published_on,
    lag(published_on) over succession as previous_published_on,
    first_load_id,
    load_id
from {{ ref('int_report') }}
window succession as (partition by agency_key, year order by revision)
qualify lag(report_id) over succession is not null
