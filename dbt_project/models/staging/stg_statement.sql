-- Grain: one row a statement of a source about who must file, as of the last load that counts and pulled the source; a source
-- that expects nothing has a row with the origin `none`.
{{ config(materialized='incremental', incremental_strategy='delete+insert', unique_key='source') }}
with stated as (
    select expected.*, coalesce(load.published_at, timestamptz 'infinity') as landed_at
    from {{ source('landing', 'expected_agencies') }} as expected
    inner join {{ ref('stg_load') }} as load using (load_id)
)

select source, source_place, row_index, origin, level, agency_name, agency_key, first_year, last_year, load_id
from stated
qualify row(landed_at, load_id) = max(row(landed_at, load_id)) over (partition by source)
