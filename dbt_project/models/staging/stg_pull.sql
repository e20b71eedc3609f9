-- Grain: one row a load that counts and source that it pulled. Every pull of a source lands what the source expects, be it
-- nothing: these rows say that it was pulled.
{{ config(materialized='incremental', incremental_strategy='append') }}
with pulled as (
    select distinct load_id, source
    from {{ source('landing', 'expected_agencies') }}
    inner join {{ ref('stg_load') }} using (load_id)
),

failed as (
    select load_id, source, min(message) as message
    from {{ source('landing', 'source_findings') }}
    where rule in ('source_failed', 'source_all_failed')
    group by load_id, source
)

select
    pulled.load_id,
    pulled.source,
    -- the load's id begins with its time in China
    strptime(left(pulled.load_id, 15), '%Y%m%dT%H%M%S') as pulled_at,
    failed.source is null as succeeded,
    failed.message
from pulled
left join failed using (load_id, source)
