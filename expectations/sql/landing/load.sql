-- Grain: one row, the load: shares that tell a load gone wrong from a report gone wrong.
with met as (select count(distinct document_sha256) filter (where is_new) as documents_new from documents),

refused as (select count(distinct document_sha256) as documents_rejected from rejects
            where document_sha256 not in (select document_sha256 from reports where document_sha256 is not null)),

held_reports as (select count(*) as reports_held from held),

read as (select count(*) as reports from reports),

doubt as (
    select count(*) filter (where status <> 'missing') as cells_found,
           count(*) filter (where status = 'doubtful') as cells_doubtful,
           count(*) filter (where status = 'reported') as cells_reported
    from cells
)

select (select load_id from this_load) as load_id,
       documents_new, documents_rejected,
       case when documents_new > 0 then documents_rejected / documents_new else 0 end as rejected_share,
       reports, reports_held,
       case when reports > 0 then reports_held / reports else 0 end as held_share,
       (select count(distinct source) from source_findings) as sources_in_trouble,
       cells_found, cells_doubtful,
       case when cells_found > 0 then cells_doubtful / cells_found else 0 end as doubtful_share,
       case when cells_found > 0 then cells_reported / cells_found else 1 end as reported_share
from met, refused, held_reports, read, doubt
