-- Grain: one row a place, level and year: how many of the agencies expected there have filed. A place counts the agencies of all
-- places in it; agencies whose place is not known are counted under the place `unknown`.
{% set states = ['filed', 'late', 'filed_date_unknown', 'missing', 'unreadable', 'not_yet_due'] %}
with counted as (
    select
        year,
        level,
        filing,
        is_expected,
        unnest(if(
            place_code is null,
            ['unknown'],
            -- a government is counted in the places above its own
            list_filter(
                list_distinct([province_code, city_code, county_code]),
                lambda code: code is not null and (code <> agency_key)
            )
        )) as place_code
    from {{ ref('mart_filing') }}
),

summed as (
    select
        place_code,
        level,
        year,
        count(*) filter (where is_expected) as expected,
        {% for state in states -%}
        count(*) filter (where is_expected and filing = '{{ state }}') as {{ state }},
        {% endfor -%}
        count(*) filter (where not is_expected) as filed_unexpected,
        {{ metric_over('filed_share') }} as filed_share,
        {{ metric_over('on_time_share') }} as on_time_share
    from counted
    group by all
)

select
    summed.place_code,
    summed.level,
    summed.year,
    coalesce(place.full_name, '地方不明') as place_name,
    {{ level_zh('summed.level') }} as level_zh,
    cast(summed.expected as integer) as expected,
    {% for state in states -%}
    cast(summed.{{ state }} as integer) as {{ state }},
    {% endfor -%}
    cast(summed.filed_unexpected as integer) as filed_unexpected,
    summed.filed_share,
    summed.on_time_share
from summed
left join {{ ref('int_place') }} as place on place.code = summed.place_code
