-- Grain: one row a document and address (within a source) at which a load that counts has met it.
select source, address, document_sha256, first_load_id, first_seen_at
from {{ ref('stg_meeting') }}
