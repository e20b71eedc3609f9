-- Grain: one row a document (sha256) met by the load.
-- fate: known (published before, not read again), read, rejected, partly (an archive with both), lost.
with met as (
    select document_sha256, bool_or(is_new) as is_new, min(name) as name, min(source) as source
    from documents
    group by document_sha256
),

read as (select document_sha256, count(*) as reports from reports group by document_sha256),

rejected as (select document_sha256, count(*) as rejects from rejects group by document_sha256)

select met.document_sha256, met.name, met.source, met.is_new,
       coalesce(read.reports, 0) as reports,
       coalesce(rejected.rejects, 0) as rejects,
       case
           when reports > 0 and rejects > 0 then 'partly'
           when reports > 0 then 'read'
           when rejects > 0 then 'rejected'
           when met.is_new then 'lost'
           else 'known'
       end as fate
from met
left join read using (document_sha256)
left join rejected using (document_sha256)
order by met.document_sha256
