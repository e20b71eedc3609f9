-- Grain: one row a document and source: where the source has it, of several addresses the first in the alphabet.
select document_sha256, source, min(address) as address
from {{ source('landing', 'documents') }}
inner join {{ ref('stg_load') }} using (load_id)
group by document_sha256, source
