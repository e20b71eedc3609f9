-- Grain: one row a place of the registry of administrative divisions (provinces to townships), today's and former ones.
-- Codes are hierarchical: a place's code begins with the codes of the places above it. The registry's fillers
-- (市辖区 as a city, 省直辖县级行政区划, …) and places that stand twice (东莞市 as city and as its own only county) are no
-- places of their own: they are left out, and what is below them belongs to the next place above.
-- Former places that live on under another name (撤县设市) are no places of their own either, but spellings of today's.
{{ config(tags=['registry']) }}
with registry as (
    select code, name, level, parent_code, false as is_invented, cast(null as integer) as valid_to_year, cast(null as varchar) as successor_codes
    from {{ ref('division') }}
    union all
    select code, name, level, parent_code, invented, null, null from {{ ref('division_extra') }}
    union all
    -- reports of the year in which a county was abolished are its successor's
    select former.code, former.name, former.level, former.parent_code, false, coalesce(change.approved_year - 1, former.last_edition), change.successor_codes
    from {{ ref('division_former') }} as former
    left join {{ ref('division_change') }} as change on change.former_code = former.registry_code and change.level = former.level
    where former.successor_code is null
),

places as (
    select
        place.code,
        place.name,
        place.level,
        place.is_invented,
        place.valid_to_year,
        string_split(place.successor_codes, ' ') as successor_codes,
        left(place.code, 2) as in_province,
        case when place.level <> 'province' then left(place.code, 4) end as in_city,
        case when place.level in ('county', 'township') then left(place.code, 6) end as in_county
    from registry as place
    left join registry as above on place.parent_code = above.code
    where place.name not in ('市辖区', '县', '省直辖县级行政区划', '自治区直辖县级行政区划')
        and place.name is distinct from above.name
)

select
    place.code,
    place.name,
    place.level,
    place.is_invented,
    created.first_year as valid_from_year,
    place.valid_to_year,
    place.successor_codes,
    coalesce(
        case when place.level = 'township' then county.code end,
        case when place.level in ('township', 'county') then city.code end,
        case when place.level <> 'province' then province.code end
    ) as parent_code,
    province.code as province_code,
    province.name as province_name,
    city.code as city_code,
    city.name as city_name,
    county.code as county_code,
    county.name as county_name,
    concat(
        province.name,
        city.name,
        county.name,
        case when place.level = 'township' then place.name end
    ) as full_name
from places as place
left join places as province on province.code = place.in_province
left join places as city on city.code = place.in_city
left join places as county on county.code = place.in_county
left join {{ ref('division_created') }} as created on created.code = place.code
