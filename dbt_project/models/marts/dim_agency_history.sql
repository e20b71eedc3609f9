-- Grain: one row an agency and version of it: its name and the places above it, by report year.
-- A report joins one row by agency_version_key. An agency whose place is not known has one version.
with versions as (
    select
        agency.agency_key,
        agency.level,
        agency.level_zh,
        agency.place_level,
        agency.resolution,
        agency.department_name,
        agency.township_name as latest_township_name,
        agency.agency_name as latest_agency_name,
        agency.full_name as latest_full_name,
        coalesce(place.version, 1) as version,
        place.valid_from_year,
        place.valid_to_year,
        coalesce(place.is_latest, true) as is_latest,
        coalesce(place.match_from, 0) as match_from,
        coalesce(place.match_to, 9999) as match_to,
        place.code as place_code,
        place.name as place_name,
        place.full_name as place_full_name,
        place.level as level_of_place,
        place.province_code,
        place.province_name,
        place.city_code,
        place.city_name,
        place.county_code,
        place.county_name,
        -- what stands behind the place's name, if anything
        case when agency.agency_key like '%:%' and agency.resolution = 'resolved' then split_part(agency.agency_key, ':', 2) end as own_name
    from {{ ref('dim_agency') }} as agency
    left join {{ ref('int_place_version') }} as place on place.code = case when agency.resolution = 'resolved' then agency.division_code end
),

named as (
    select
        *,
        case
            when place_code is null then latest_agency_name
            when own_name is null then place_name
            when level = 'township' then own_name
            else place_name || own_name
        end as agency_name,
        case
            when place_code is null then latest_full_name
            -- a place's full name holds its own name once
            else place_full_name || coalesce(own_name, '')
        end as full_name
    from versions
),

changed as (
    select
        *,
        lag(full_name) over in_order as full_name_before,
        lag(agency_name) over in_order as agency_name_before
    from named
    window in_order as (partition by agency_key order by version)
)

select
    agency_key || '@' || match_from as agency_version_key,
    agency_key,
    cast(version as integer) as version,
    valid_from_year,
    valid_to_year,
    is_latest,
    agency_name,
    full_name,
    level,
    level_zh,
    place_level,
    province_code,
    province_name,
    city_code,
    city_name,
    county_code,
    county_name,
    case when level_of_place = 'township' then place_code end as township_code,
    case when level_of_place = 'township' then place_name when level = 'township' then own_name end as township_name,
    department_name,
    case
        when full_name_before is null then null
        when agency_name_before <> agency_name then match_from || '年起更名，原名' || full_name_before
        else match_from || '年起上级地方变更，原为' || full_name_before
    end as change_zh,
    cast(match_from as integer) as match_from,
    cast(match_to as integer) as match_to
from changed
