-- Grain: one row a source of which the load has met documents: what came of them, beside what its last loads met.
-- documents_least, documents_most: of the loads published before (the last 30 that pulled it), null before the first.
-- A folder is listed whole each time, a site lands what is new alone: only of the first is the least of many loads more than a few.
with met as (
    select source,
           count(distinct document_sha256) as documents,
           count(distinct document_sha256) filter (where is_new) as documents_new
    from documents
    group by source
),

refused as (
    select documents.source, count(distinct documents.document_sha256) as documents_rejected
    from documents
    where document_sha256 in (select document_sha256 from rejects)
      and document_sha256 not in (select document_sha256 from reports where document_sha256 is not null)
    group by documents.source
),

before as (
    select source, count(*) as loads_before, min(documents) as documents_least, max(documents) as documents_most
    from history_pull
    group by source
)

select met.source, met.documents, met.documents_new,
       coalesce(refused.documents_rejected, 0) as documents_rejected,
       case when met.documents_new > 0 then coalesce(refused.documents_rejected, 0) / met.documents_new else 0 end as rejected_share,
       coalesce(before.loads_before, 0) as loads_before,
       before.documents_least, before.documents_most,
       met.documents / nullif(before.documents_least, 0) as share_of_least,
       met.documents / greatest(before.documents_most, 1) as times_most
from met
left join refused on refused.source = met.source
left join before on before.source = met.source
order by met.source
