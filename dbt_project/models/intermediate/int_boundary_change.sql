-- Grain: one row a place and first report year with another boundary.
-- whole_codes: the places that it took over as a whole, where that is all that happened to it; null where a part of a place
-- came or went, so that its figures cannot be held against those of the year before.
{{ config(tags=['registry']) }}
with taken as (
    select unnest(successor_codes) as code, code as former_code, len(successor_codes) as parts, valid_to_year + 1 as year
    from {{ ref('int_place') }}
    where successor_codes is not null and valid_to_year is not null
),

carved as (
    select unnest(string_split(carved_from, ' ')) as code, first_year as year
    from {{ ref('division_created') }}
    where carved_from is not null
),

changes as (
    select code, year, former_code, parts = 1 as is_whole from taken
    union all
    select code, year, null, false from carved
)

select
    code,
    cast(year as integer) as year,
    case when bool_and(is_whole) then list(former_code order by former_code) end as whole_codes
from changes
group by code, year
