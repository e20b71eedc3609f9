-- Grain: one row a document that was read: the load whose reading of it counts.
-- The one place that decides this: the latest load that is published or being built, and that read the document, be it
-- into reports or into a reject. Every row about the document is taken from that load and from no other.
{{ config(materialized='incremental', incremental_strategy='delete+insert', unique_key='document_sha256') }}
with readings as (
    select document_sha256, load_id from {{ source('landing', 'reports') }}
    union
    select document_sha256, load_id from {{ source('landing', 'rejects') }}
)

select
    document_sha256,
    -- The load being built is not published yet and comes last. The id settles a tie: this view is read many times in a
    -- build, and must say the same each time. In a build on top of the last one the documents that this load has read are at issue only.
    arg_max(load_id, row(coalesce(published_at, timestamptz 'infinity'), load_id)) as load_id
from readings
inner join {{ ref('stg_load') }} using (load_id)
group by document_sha256
