-- Grain: one row a statement of a source about who must file, as of the last load that counts and pulled the source.
-- A source whose last statement is that it expects nothing has no row.
with stated as (
    select expected.*, coalesce(load.published_at, timestamptz 'infinity') as landed_at
    from {{ source('landing', 'expected_agencies') }} as expected
    inner join {{ ref('stg_load') }} as load using (load_id)
)

select source, source_place, row_index, origin, level, agency_name, agency_key, first_year, last_year, load_id
from stated
qualify landed_at = max(landed_at) over (partition by source) and origin <> 'none'
