-- Grain: one row a load, gate and expectation: how it came out, also of loads that were not published.
-- A load that was stopped and begun again under its id has its last outcomes. What gate two says of the load that is being built is
-- of an earlier attempt, if there is anything: the publication adds the last word (publish.snapshot).
{{ config(
    materialized='incremental', incremental_strategy='delete+insert', unique_key=['load_id', 'gate'], pre_hook='{{ forget_load() }}'
) }}
select *
from {{ source('operations', 'validations') }}
where load_id <> '{{ env_var("GONGKAI_LOAD_ID") }}' or gate <> 'marts'
