-- Grain: one row a document and source: where the source has it, of several addresses the first in the alphabet.
select document_sha256, source, min(nullif(address, '')) as address
from {{ ref('stg_meeting') }}
group by document_sha256, source
