-- Grain: one row a source pulled by a load that counts.
with asked as (
    select
        load_id,
        source,
        count(*) filter (where role = 'list') as lists,
        count(*) filter (where role = 'page') as pages,
        count(*) filter (where outcome = 'new' and role = 'document') as documents_new,
        count(*) filter (where outcome = 'changed' and role = 'document') as documents_changed,
        count(*) filter (where outcome in ('unchanged', 'not_modified') and role = 'document') as documents_unchanged,
        count(*) filter (where outcome = 'gone') as gone,
        count(*) filter (where outcome = 'moved') as moved,
        count(*) filter (where outcome = 'delisted') as delisted,
        count(*) filter (where outcome = 'refused') as refused,
        count(*) filter (where outcome = 'failed') as failed
    from {{ ref('stg_fetch') }}
    group by load_id, source
),

found as (
    select load_id, source, count(*) as findings from {{ ref('stg_source_finding') }} group by load_id, source
),

offered as (
    select load_id, source, documents_offered from {{ ref('stg_offer') }}
),

pulled as (
    select load_id, source from asked
    union
    select load_id, source from found
    union
    select load_id, source from offered
)

select
    pulled.load_id,
    pulled.source,
    cast(coalesce(lists, 0) as integer) as lists,
    cast(coalesce(pages, 0) as integer) as pages,
    cast(coalesce(documents_offered, 0) as integer) as documents_offered,
    cast(coalesce(documents_new, 0) as integer) as documents_new,
    cast(coalesce(documents_changed, 0) as integer) as documents_changed,
    cast(coalesce(documents_unchanged, 0) as integer) as documents_unchanged,
    cast(coalesce(gone, 0) as integer) as gone,
    cast(coalesce(moved, 0) as integer) as moved,
    cast(coalesce(delisted, 0) as integer) as delisted,
    cast(coalesce(refused, 0) as integer) as refused,
    cast(coalesce(failed, 0) as integer) as failed,
    cast(coalesce(findings, 0) as integer) as findings
from pulled
left join asked using (load_id, source)
left join found using (load_id, source)
left join offered using (load_id, source)
