-- Grain: one row a document (sha256) met by the load.
-- provenance_lacking: which of what says where it comes from is not there. is_dated_wrong: pulled or published on a day that
-- can't be (the regulation is of 2008; a day is left for clocks).
-- fate: known (published before, not read again), read, rejected, partly (an archive with both), lost.
with met as (
    select document_sha256, bool_or(is_new) as is_new, min(name) as name, min(source) as source,
           bool_or(
               source is null or address is null or name is null or retrieved_at is null
               or not regexp_full_match(coalesce(document_sha256, ''), '[0-9a-f]{64}')
           ) as provenance_lacking,
           bool_or(
               retrieved_at > now() + interval 1 day or retrieved_at < timestamptz '2008-05-01'
               or published_on > current_date + 1 or published_on < date '2008-05-01'
           ) as is_dated_wrong
    from documents
    group by document_sha256
),

read as (select document_sha256, count(*) as reports from reports group by document_sha256),

rejected as (select document_sha256, count(*) as rejects from rejects group by document_sha256)

select met.document_sha256, met.name, met.source, met.is_new,
       met.provenance_lacking, coalesce(met.is_dated_wrong, false) as is_dated_wrong,
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
