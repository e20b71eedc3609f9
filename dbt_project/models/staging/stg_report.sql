-- Grain: one row a report, as of the reading of its document that counts; held reports are still among them.
select
    reading.* exclude (retrieved_at, published_on),
    coalesce(document.first_retrieved_at, reading.retrieved_at) as retrieved_at,
    -- what the report prints counts before what a list says of it
    coalesce(reading.published_on, document.published_on) as published_on,
    document.name as document_name,
    coalesce(document.first_load_id, reading.load_id) as first_load_id
from {{ ref('stg_reading') }} as reading
left join {{ ref('stg_document') }} as document using (document_sha256)
