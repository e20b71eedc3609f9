-- Grain: one row an agency that has a report, and one a place above such an agency.
{{ config(meta={'remember': ['agency_key'], 'remember_except': ['report_count', 'printed_names']}) }}
-- each name once: most agencies print the same one every year
with printed as (
    select distinct agency_key, agency_printed, source, source_place from {{ ref('int_report_agency') }}
),

met as (
    select
        report.agency_key,
        min(name.place_code) as place_code,
        min(name.own_name) as own_name,
        min(name.agency_folded) as agency_folded,
        min(name.shared_level) as shared_level,
        min(name.resolution) as resolution,
        string_agg(distinct name.resolution_evidence, ',' order by name.resolution_evidence) as resolution_evidence,
        min(name.candidates) as candidates,
        list(distinct name.agency_printed order by name.agency_printed) as printed_names
    from printed as report
    inner join {{ ref('int_agency_resolution') }} as name
        on name.agency_printed = report.agency_printed
        and name.source = report.source
        and name.source_place is not distinct from report.source_place
    group by report.agency_key
),

above as (
    select distinct unnest([place.code, place.province_code, place.city_code, place.county_code]) as code
    from {{ ref('int_place') }} as place
    where place.code in (select place_code from met)
),

agencies as (
    select agency_key, place_code, own_name, agency_folded, shared_level, resolution, resolution_evidence, candidates, printed_names
    from met
    union all by name
    select code as agency_key, code as place_code, 'resolved' as resolution, 'registry' as resolution_evidence
    from above
    where code is not null and code not in (select agency_key from met)
),

counted as (
    select agency_key, count(*) as report_count
    from {{ ref('int_report_order') }}
    where is_current
    group by agency_key
),

-- the places that a place took over, wholly or in part
predecessors as (
    select successor.code, list(successor.former_code order by successor.former_code) as codes
    from (select unnest(successor_codes) as code, code as former_code from {{ ref('int_place') }}) as successor
    group by successor.code
),

described as (
    select
        agencies.*,
        place.code as division_code,
        place.name as place_name,
        place.full_name as place_full_name,
        place.level as place_level,
        place.parent_code,
        case when place.level = 'township' then place.code end as township_code,
        case when place.level = 'township' then place.name end as township_of_registry,
        place.province_code,
        place.province_name,
        place.city_code,
        place.city_name,
        place.county_code,
        place.county_name,
        place.valid_from_year,
        place.valid_to_year,
        -- a body of a place that was merged goes on as the body of that name in the place that took over
        list_transform(
            place.successor_codes, lambda code: code || coalesce(':' || agencies.own_name, '')
        ) as successor_keys,
        list_transform(
            predecessors.codes, lambda code: code || coalesce(':' || agencies.own_name, '')
        ) as predecessor_keys,
        case
            when agencies.resolution <> 'resolved' then coalesce(agencies.shared_level, 'unknown')
            when agencies.own_name is null then place.level
            else {{ level_of_name('agencies.own_name') }}
        end as level,
        coalesce(counted.report_count, 0) as report_count
    from agencies
    left join {{ ref('int_place') }} as place on place.code = agencies.place_code
    left join predecessors on predecessors.code = agencies.place_code
    left join counted on counted.agency_key = agencies.agency_key
)

select
    agency_key,
    case
        when resolution <> 'resolved' then agency_folded
        when own_name is null then place_name
        when level = 'township' then own_name
        else place_name || own_name
    end as agency_name,
    case when resolution <> 'resolved' then agency_folded else place_full_name || coalesce(own_name, '') end as full_name,
    level,
    {{ level_zh('level') }} as level_zh,
    place_level,
    province_code,
    province_name,
    city_code,
    city_name,
    county_code,
    county_name,
    township_code,
    case when own_name is not null and level = 'township' then own_name else township_of_registry end as township_name,
    case when resolution = 'resolved' and level <> 'township' then own_name end as department_name,
    case
        when resolution <> 'resolved' then null
        when own_name is null then parent_code
        else place_code
    end as parent_key,
    division_code,
    valid_from_year,
    valid_to_year,
    predecessor_keys,
    successor_keys,
    -- who carries the series on: where a place went to one other as a whole, that one
    case when len(successor_keys) = 1 then successor_keys[1] else agency_key end as trend_key,
    resolution,
    case resolution when 'resolved' then '已确认' when 'ambiguous' then '同名待定' else '未识别' end as resolution_zh,
    resolution_evidence,
    candidates,
    printed_names,
    cast(report_count as integer) as report_count
from described
