-- Grain: one row a document (or member of an archive) that could not be read, as of the reading that counts.
{{ config(materialized='incremental', incremental_strategy='append', meta={'slice': 'document'}) }}
select rejects.*
from {{ source('landing', 'rejects') }} as rejects
inner join {{ ref('stg_document_reading') }} using (document_sha256, load_id)
