-- Grain: one row an agency that a source expects to file, with the report years it is expected for.
-- Levels are spelled out: places from the registry, departments and zones (which no registry has) from those that have
-- reported, from their first report on. Names of an office's list are resolved as printed names of the source are.
with stated as (
    select * from {{ ref('stg_expected') }}
),

place_prefix as (
    select
        code,
        level,
        unnest(list_distinct([left(code, 2), left(code, 4), left(code, 6), code])) as prefix
    from {{ ref('int_place') }}
),

by_registry as (
    select
        stated.source,
        place.code as agency_key,
        'registry' as basis,
        stated.first_year,
        stated.last_year
    from stated
    inner join place_prefix as place on place.prefix = stated.source_place and place.level = stated.level
    where stated.origin = 'levels'
),

first_reports as (
    select agency_key, min(year) as first_year from {{ ref('int_report') }} group by agency_key
),

reporting as (
    select
        agency.agency_key,
        agency.level,
        first_reports.first_year,
        unnest(list_distinct([
            left(agency.division_code, 2), left(agency.division_code, 4), left(agency.division_code, 6), agency.division_code
        ])) as prefix
    from first_reports
    inner join {{ ref('dim_agency') }} as agency using (agency_key)
    where agency.resolution = 'resolved' and agency.level in ('department', 'zone')
),

by_reports as (
    select
        stated.source,
        reporting.agency_key,
        'reported_before' as basis,
        greatest(stated.first_year, reporting.first_year) as first_year,
        stated.last_year
    from stated
    inner join reporting on reporting.prefix = stated.source_place and reporting.level = stated.level
    where stated.origin = 'levels'
),

by_list as (
    select
        stated.source,
        coalesce(stated.agency_key, agency.agency_key) as agency_key,
        'list' as basis,
        stated.level,
        stated.agency_name,
        stated.first_year,
        stated.last_year
    from stated
    left join {{ ref('int_agency_resolution') }} as agency
        on agency.agency_printed = stated.agency_name
        and agency.source = stated.source
        and agency.source_place is not distinct from stated.source_place
    where stated.origin = 'list'
),

expected as (
    select * from by_list
    union all by name
    select * from by_registry
    union all by name
    select * from by_reports
)

select
    expected.source,
    expected.agency_key,
    -- an office's own list says it best
    arg_min(expected.basis, case expected.basis when 'list' then 1 when 'registry' then 2 else 3 end) as basis,
    max(expected.level) as stated_level,
    min(expected.agency_name) as stated_name,
    -- nobody files for a place before it was created, or after it was abolished or merged
    min(greatest(expected.first_year, coalesce(place.valid_from_year, expected.first_year))) as first_year,
    max(least(coalesce(expected.last_year, 9999), coalesce(place.valid_to_year, 9999))) as last_year
from expected
left join {{ ref('int_place') }} as place on place.code = split_part(expected.agency_key, ':', 1)
group by expected.source, expected.agency_key
