-- Grain: one row a document and address (within a source) at which a load that counts has met it.
select
    source,
    coalesce(address, '') as address,
    document_sha256,
    min(load_id) as first_load_id,
    min(retrieved_at) as first_seen_at
from {{ source('landing', 'documents') }}
inner join {{ ref('stg_load') }} using (load_id)
group by all
