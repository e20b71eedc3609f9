-- Grain: one row an agency's folded name and place of the registry that the name may begin with.
-- A name is read from its start as a chain of places, each below the one before (江苏省|淮安市|洪泽区); links may be left
-- out. What is left of it must be the name of a body (教育局), or nothing; of the chains that leave such a rest, those that
-- leave a known one and read most of the name are kept. Names without their class (贵溪|耳口乡) count before a further place, before a department
-- whose name is known and before a zone's name only, since 海东青镇 is not a 青镇 in 海东.
-- is_body is false where the rest is none, which makes the place a mere hint.
-- is_raised: the place would have to have changed its class to be so called.
-- needs_source: the place is named so loosely (城区, 贵溪) that the name stands for it only in a source of that place.
{{ config(materialized='incremental', incremental_strategy='append') }}
with recursive names as (
    select distinct agency_folded
    from {{ ref('int_agency_printed') }}
    {% if is_slice() -%}
    -- those that were looked up before have their places, or were found to have none
    where agency_folded not in (select agency_folded from {{ state_relation('intermediate', 'int_agency_resolution') }})
    {%- endif %}
),

sizes as (
    select distinct length(name) as size from {{ ref('int_place_name') }}
),

chains as (
    select
        names.agency_folded, place_name.code, place_name.path, place_name.kind, place_name.level, place_name.needs_anchor,
        sizes.size as consumed, sizes.size as last_size, 1 as links
    from names
    inner join sizes on sizes.size <= length(names.agency_folded)
    inner join {{ ref('int_place_name') }} as place_name on place_name.name = left(names.agency_folded, sizes.size)
    union
    select
        chains.agency_folded, place_name.code, place_name.path, place_name.kind, place_name.level, false,
        chains.consumed + sizes.size, sizes.size, chains.links + 1
    from chains
    inner join sizes on sizes.size <= length(chains.agency_folded) - chains.consumed
    inner join {{ ref('int_place_name') }} as place_name
        on place_name.name = substr(chains.agency_folded, chains.consumed + 1, sizes.size)
        and (starts_with(place_name.path, chains.code) or starts_with(place_name.path, chains.path))
        and place_name.code <> chains.code
    where chains.level <> 'township'
        -- of the zones called 经济开发区 below a city, the city's own name picks none
        and (not place_name.needs_anchor or place_name.level <> 'township' or chains.level = 'county')
),

rests as (
    select
        rest,
        department.standard_name,
        {{ own_name_kind('rest', 'department.standard_name is not null', "left(rest, 2) in (select left(printed_name, 2) from " ~ ref('department_name') ~ ')') }} as own_kind
    from (select distinct substr(agency_folded, consumed + 1) as rest from chains)
    left join {{ ref('department_name') }} as department on department.printed_name = rest
),

-- cities whose townships are directly below them (东莞)
without_counties as (
    select code from {{ ref('int_place') }} as city
    where level = 'city' and code not in (select city_code from {{ ref('int_place') }} where level = 'county' and city_code is not null)
),

judged as (
    select
        chains.*,
        rests.rest,
        rests.standard_name,
        case
            when rests.rest in ('', '人民政府', '政府') then 'place'
            -- 青岚经济开发区管委会 is the body of the place it names
            when rests.rest = '管委会'
                then case when regexp_matches(left(chains.agency_folded, chains.consumed), '({{ zone_words() }})$') then 'place' end
            when rests.own_kind = 'town'
                then case when chains.level = 'county' or chains.code in (from without_counties) then 'town' end
            when rests.own_kind = 'zone' and chains.level = 'township' then null
            when rests.rest like '%厅' and rests.standard_name is distinct from '人民政府办公室' and chains.level <> 'province' then null
            else rests.own_kind
        end as own_kind
    from chains
    inner join rests on rests.rest = substr(chains.agency_folded, chains.consumed + 1)
),

sound as (
    select * from judged
    where kind <> 'bare' and own_kind is not null
        or kind = 'bare' and own_kind in ('place', 'known')
        or kind = 'bare' and own_kind = 'zone' and regexp_matches(rest, '^(高新|经开|经济|工业园|工业区|产业园|保税|综合保税|综保)')
        or kind = 'bare' and own_kind = 'zone' and level in ('province', 'city') and regexp_matches(rest, '^(开发区|.{2,}?({{ zone_words() }}))')
),

-- a name that begins with a place and goes on with what is no body of it (贵溪市人民医院) keeps the place as a candidate
considered as (
    select *, true as is_body from sound
    union all
    select *, false as is_body from judged
    where kind <> 'bare' and not needs_anchor and agency_folded not in (select agency_folded from sound)
),

longest as (
    -- 邓州|市场监督管理局 goes before 邓州市|场监督管理局
    select *, own_kind in ('place', 'known') and is_body as is_sure from considered
    qualify dense_rank() over (partition by agency_folded order by coalesce(is_sure, false) desc, consumed desc) = 1
)

select
    agency_folded,
    code as place_code,
    case
        when not is_body then rest
        when own_kind = 'place' then null
        when standard_name = '人民政府办公室' and level = 'province' then '人民政府办公厅'
        when standard_name is not null then standard_name
        -- 公安局鹿城区分局 is 公安局鹿城分局
        when own_kind = 'branch' then regexp_replace(rest, '(局.{2,})(区|县|市)分局$', '\1分局')
        else regexp_replace(rest, '({{ zone_words() }})管委会$', '\1')
    end as own_name,
    max(links) as links,
    is_body,
    bool_and(links = 1 and kind = 'bare') as is_bare,
    bool_and(links = 1 and kind = 'raised') as is_raised,
    bool_and(
        links = 1 and (
            needs_anchor
            -- a forest enterprise is called 绥阳林业局 too
            or kind = 'bare' and rest in ('', '林业局')
            -- 新县城建设办公室 need not be of 新县
            or last_size = 2 and kind <> 'bare' and is_body and own_kind in ('body', 'branch', 'town', 'zone')
        )
    ) as needs_source
from longest
group by all
