-- Grain: one row a document met by a load that counts.
select
    document_sha256,
    min(documents.load_id) as first_load_id,
    min(documents.retrieved_at) as first_retrieved_at,
    arg_max(documents.published_on, documents.load_id || ' ' || coalesce(documents.address, '')) as published_on,
    arg_max(documents.name, documents.load_id || ' ' || coalesce(documents.address, '')) as name,
    arg_max(documents.hint_title, documents.load_id || ' ' || coalesce(documents.address, '')) as hint_title,
    arg_max(documents.hint_agency, documents.load_id || ' ' || coalesce(documents.address, '')) as hint_agency,
    arg_max(documents.hint_year, documents.load_id || ' ' || coalesce(documents.address, '')) as hint_year,
    arg_max(documents.size_bytes, documents.load_id) as size_bytes
from {{ source('landing', 'documents') }} as documents
inner join {{ ref('stg_load') }} using (load_id)
group by document_sha256
