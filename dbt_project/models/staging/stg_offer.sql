-- Grain: one row a load that counts and source: how many documents it met there.
{{ config(materialized='incremental', incremental_strategy='append') }}
select load_id, source, count(*) as documents_offered
from {{ source('landing', 'documents') }}
inner join {{ ref('stg_load') }} using (load_id)
group by load_id, source
