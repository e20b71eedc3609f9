-- Grain: one row a document (or member of an archive) that could not be read.
select
    reject.document_sha256,
    coalesce(reject.member, '') as member,
    document.name as document_name,
    reject.source,
    reject.error_class,
    reject.sentence,
    reject.load_id
from {{ ref('stg_reject') }} as reject
left join {{ ref('stg_document') }} as document using (document_sha256)
