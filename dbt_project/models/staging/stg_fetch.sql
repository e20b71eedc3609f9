-- Grain: one row an address of a source in one role, outcome and load that asked, landed by a load that counts.
-- What a load that was not published found out is landed again by the next one: the first that counts is taken.
{{ config(materialized='incremental', incremental_strategy='append') }}
select fetches.*
from {{ source('landing', 'fetches') }} as fetches
inner join {{ ref('stg_load') }} as load using (load_id)
{% if is_slice() -%}
anti join {{ this }} as known using (source, address, role, outcome, asked_load_id)
{% endif -%}
qualify row_number() over (
    partition by source, address, role, outcome, asked_load_id
    order by coalesce(load.published_at, timestamptz 'infinity'), load_id
) = 1
