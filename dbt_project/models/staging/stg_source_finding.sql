-- Grain: one row a finding about a source in a load that counts.
{{ config(materialized='incremental', incremental_strategy='append') }}
select findings.*
from {{ source('landing', 'source_findings') }} as findings
inner join {{ ref('stg_load') }} using (load_id)
