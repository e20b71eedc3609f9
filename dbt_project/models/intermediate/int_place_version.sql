-- Grain: one row a place and version of it: its name and the places above it, by report year.
-- A place's renames and changed parents, and those of the places above it, each begin a version. Reports of the year of a
-- change bear the new name. valid_from_year and valid_to_year are open (null) where the place was there before, or still is.
-- match_from and match_to leave no gap: a year outside a place's life takes the nearest version, so that each year has one.
{{ config(tags=['registry']) }}
with changes as (
    -- what was true up to a year of the place that lives on
    select
        former.successor_code as code,
        coalesce(change.approved_year - 1, former.last_edition) as until_year,
        former.name,
        former.level,
        left(former.registry_code, 4) as city_number,
        case when former.level = 'township' then left(former.registry_code, 6) end as county_number
    from {{ ref('division_former') }} as former
    left join {{ ref('division_change') }} as change
        on change.former_code = former.registry_code and change.former_name = former.name and change.level = former.level
    where former.successor_code is not null
),

-- today's code of a county that has been given another since
county_today as (
    select former.registry_code as number, min(former.successor_code) as code
    from {{ ref('division_former') }} as former
    where former.level = 'county' and former.successor_code is not null
    group by former.registry_code
),

earlier as (
    select
        changes.code,
        changes.until_year,
        changes.name,
        changes.level,
        city.code as city_code,
        coalesce(county.code, county_today.code) as county_code
    from changes
    left join {{ ref('int_place') }} as city on city.code = changes.city_number and city.level = 'city'
    left join county_today on county_today.number = changes.county_number
    left join {{ ref('int_place') }} as county
        on county.code = changes.county_number and county.level = 'county' and county_today.code is null
    -- two former places may live on as one: the first in the registry is the one that is followed
    qualify row_number() over (partition by changes.code, changes.until_year order by changes.name) = 1
),

span as (
    select min(until_year) as first_year, max(until_year) + 1 as last_year from earlier
),

years as (
    select unnest(range(span.first_year, span.last_year + 1)) as year from span
),

-- what a place was in each year: of the changes still to come the next one tells; only places that ever changed
changed as (
    select
        earlier.code,
        years.year,
        arg_min(earlier.name, earlier.until_year) as name,
        arg_min(coalesce(earlier.city_code, ''), earlier.until_year) as city_code,
        arg_min(coalesce(earlier.county_code, ''), earlier.until_year) as county_code
    from earlier
    inner join years on years.year <= earlier.until_year
    group by earlier.code, years.year
),

-- places that changed, and those below them
affected as (
    select place.code
    from {{ ref('int_place') }} as place
    where place.code in (select code from earlier)
        or place.county_code in (select code from earlier)
        or place.city_code in (select code from earlier)
        or place.code in (select county_code from earlier)
        or place.code in (select city_code from earlier)
),

own as (
    select
        place.code,
        years.year,
        place.level,
        place.province_name,
        coalesce(changed.name, place.name) as name,
        case when place.level = 'county' then coalesce(changed.city_code, place.city_code) else place.city_code end as city_code,
        case
            when place.level = 'township' then coalesce(nullif(changed.county_code, ''), place.county_code)
            else place.county_code
        end as county_code
    from {{ ref('int_place') }} as place
    inner join affected using (code)
    cross join years
    left join changed on changed.code = place.code and changed.year = years.year
),

-- the places above, in each of the years
above as (
    select
        place.code,
        years.year,
        place.level,
        coalesce(changed.name, place.name) as name,
        case when place.level = 'county' then coalesce(changed.city_code, place.city_code) end as city_code
    from {{ ref('int_place') }} as place
    cross join years
    left join changed on changed.code = place.code and changed.year = years.year
    where place.level in ('county', 'city')
),

-- the names of the places above as they were, and the city that the county was in
chained as (
    select
        own.code,
        own.year,
        own.level,
        own.name,
        own.province_name,
        case when own.level = 'city' then own.code else city.code end as city_code,
        case when own.level = 'city' then own.name else city.name end as city_name,
        case when own.level = 'county' then own.code else county.code end as county_code,
        case when own.level = 'county' then own.name else county.name end as county_name
    from own
    left join above as county on county.code = own.county_code and county.year = own.year and own.level = 'township'
    left join above as city
        on city.code = coalesce(case when own.level = 'township' then county.city_code end, own.city_code)
        and city.year = own.year
        and city.level = 'city'
),

compared as (
    select
        chained.*,
        chained.name is not distinct from lag(chained.name) over in_time
        and chained.city_name is not distinct from lag(chained.city_name) over in_time
        and chained.city_code is not distinct from lag(chained.city_code) over in_time
        and chained.county_name is not distinct from lag(chained.county_name) over in_time
        and chained.county_code is not distinct from lag(chained.county_code) over in_time
        and row_number() over in_time > 1 as is_as_before
    from chained
    inner join {{ ref('int_place') }} as place using (code)
    -- only the years of its life; a place without any in this span has one version, its last
    where chained.year between coalesce(place.valid_from_year, 0) and coalesce(place.valid_to_year, 9999)
        or chained.year = (select last_year from span) and place.valid_from_year > chained.year
        or chained.year = (select first_year from span) and place.valid_to_year < chained.year
    window in_time as (partition by chained.code order by chained.year)
),

begun as (
    select *, row_number() over (partition by code order by year) as version
    from compared
    where not is_as_before
),

versions as (
    select
        begun.code,
        cast(begun.version as integer) as version,
        cast(case when begun.version = 1 then place.valid_from_year else begun.year end as integer) as valid_from_year,
        cast(coalesce(lead(begun.year) over in_order - 1, place.valid_to_year) as integer) as valid_to_year,
        lead(begun.year) over in_order is null as is_latest,
        cast(case when begun.version = 1 then 0 else begun.year end as integer) as match_from,
        cast(coalesce(lead(begun.year) over in_order - 1, 9999) as integer) as match_to,
        begun.name,
        begun.level,
        place.province_code,
        place.province_name,
        begun.city_code,
        begun.city_name,
        begun.county_code,
        begun.county_name,
        concat(
            place.province_name,
            begun.city_name,
            begun.county_name,
            case when begun.level = 'township' then begun.name end
        ) as full_name
    from begun
    inner join {{ ref('int_place') }} as place using (code)
    window in_order as (partition by begun.code order by begun.version)

    union all

    select
        code, 1, valid_from_year, valid_to_year, true, 0, 9999, name, level, province_code, province_name,
        city_code, city_name, county_code, county_name, full_name
    from {{ ref('int_place') }}
    where code not in (select code from affected)
)

select * from versions
