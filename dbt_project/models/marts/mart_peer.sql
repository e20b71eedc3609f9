-- Grain: one row an agency and year: where it stands among its peers.
-- Peers are the agencies of the same level (departments: of places of the same level) with a report of that year in the same city,
-- if these are 30 at least, else in the same province. With fewer, and for agencies whose place is not known, there is no comparison;
-- neither for a figure that fewer than 30 of them have. A percentile is the share of peers below, half of those level with it counted in.
{{ config(materialized='incremental', incremental_strategy='append', meta={'slice': 'year'}) }}
{% set compared = [
    'requests_received', 'requests_total', 'grant_rate', 'denial_rate', 'review_total', 'litigation_total', 'review_correction_rate',
] %}
{% set fewest = 30 %}
with resolved as (
    select
        {{ agency_columns('report') }},
        {% for name in compared -%}
        {{ name }},
        {% endfor -%}
        count(*) over (partition by year, level, place_level, city_code) as in_city,
        count(*) over (partition by year, level, place_level, province_code) as in_province
    from {{ ref('mart_agency_year') }} as report
    where resolution = 'resolved'
        and {{ touched_year('year') }}
),

-- city and province are settled for all agencies of one place alike: a group's members have each other as peers
grouped as (
    select
        *,
        case
            when city_code is not null and in_city >= {{ fewest }} then 'city'
            when province_code is not null and in_province >= {{ fewest }} then 'province'
        end as peer_scope
    from resolved
),

members as (
    -- an agency is among the peers of its city, and of its province for those whose city has too few
    select year, level, place_level, 'city' as scope, city_code as place_code, * exclude (year, level, place_level)
    from grouped
    where city_code is not null and in_city >= {{ fewest }}
    union all
    select year, level, place_level, 'province', province_code, * exclude (year, level, place_level)
    from grouped
    where province_code is not null and in_province >= {{ fewest }}
),

medians as (
    select
        year,
        level,
        place_level,
        scope,
        place_code,
        count(*) as peers,
        {% for name in compared -%}
        count({{ name }}) as {{ name }}_peers,
        quantile_cont(cast({{ name }} as double), 0.5) as {{ name }}_median{{ "," if not loop.last }}
        {% endfor %}
    from members
    group by year, level, place_level, scope, place_code
),

ranked as (
    select
        agency_key,
        year,
        scope,
        {% for name in compared -%}
        rank() over {{ name }}_order as {{ name }}_rank,
        cume_dist() over {{ name }}_order as {{ name }}_share{{ "," if not loop.last }}
        {% endfor %}
    from members
    window
        {% for name in compared -%}
        {{ name }}_order as (partition by year, level, place_level, scope, place_code, {{ name }} is null order by {{ name }}){{ "," if not loop.last }}
        {% endfor %}
)

select
    {{ agency_columns('grouped') }},
    grouped.peer_scope,
    case grouped.peer_scope when 'city' then '同市同级' when 'province' then '同省同级' else '同级机关不足 {{ fewest }} 个，不作比较' end as peer_scope_zh,
    case grouped.peer_scope when 'city' then grouped.city_code when 'province' then grouped.province_code end as peer_place_code,
    case grouped.peer_scope when 'city' then grouped.city_name when 'province' then grouped.province_name end as peer_place_name,
    cast(medians.peers as integer) as peers,
    {% for name in compared -%}
    grouped.{{ name }},
    cast(medians.{{ name }}_peers as integer) as {{ name }}_peers,
    case when medians.{{ name }}_peers >= {{ fewest }} then medians.{{ name }}_median end as {{ name }}_median,
    case
        when grouped.{{ name }} is not null and medians.{{ name }}_peers >= {{ fewest }}
            then ((ranked.{{ name }}_rank - 1) / cast(medians.{{ name }}_peers as double) + ranked.{{ name }}_share) / 2
    end as {{ name }}_percentile{{ "," if not loop.last }}
    {% endfor %}
from grouped
left join medians
    on medians.year = grouped.year
    and medians.level = grouped.level
    and medians.place_level is not distinct from grouped.place_level
    and medians.scope = grouped.peer_scope
    and medians.place_code = case grouped.peer_scope when 'city' then grouped.city_code else grouped.province_code end
left join ranked
    on ranked.agency_key = grouped.agency_key and ranked.year = grouped.year and ranked.scope = grouped.peer_scope
