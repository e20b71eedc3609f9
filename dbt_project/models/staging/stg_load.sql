-- Grain: one row a load whose landing parts count: the published ones and the one being built.
{{ config(materialized='incremental', incremental_strategy='delete+insert', unique_key='load_id') }}
with published as (
    select load_id, mode, sources, started_at, published_at, reader_version
    from {{ source('landing', 'loads') }}
)

select * from published
union all by name
select '{{ env_var("GONGKAI_LOAD_ID") }}' as load_id
where '{{ env_var("GONGKAI_LOAD_ID") }}' not in (select load_id from published)
