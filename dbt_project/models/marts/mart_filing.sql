-- Grain: one row an agency and year: whether its report was filed, and when, by those expected to file and by all others that did.
-- Who is expected is what sources state; "today" is the day of the load. Late is only what surely is: a first report whose
-- own date is behind the deadline and of which nothing earlier is known.
with stated as (
    select
        agency_key,
        arg_min(basis, case basis when 'list' then 1 when 'registry' then 2 else 3 end) as basis,
        max(stated_level) as stated_level,
        min(stated_name) as stated_name,
        min(first_year) as first_year,
        -- the report on a year is due the year after
        least(max(last_year), year({{ load_date() }}) - 1) as last_year,
        list(distinct source order by source) as sources
    from {{ ref('int_expected_agency') }}
    group by agency_key
),

expected as (
    select agency_key, basis, stated_level, stated_name, sources, cast(unnest(range(first_year, last_year + 1)) as integer) as year
    from stated
    where last_year >= first_year
),

everyone as (
    select
        coalesce(expected.agency_key, filing.agency_key) as agency_key,
        coalesce(expected.year, filing.year) as year,
        expected.agency_key is not null as is_expected,
        coalesce(expected.basis, 'not_expected') as basis,
        coalesce(expected.sources, [filing.source]) as sources,
        expected.stated_level,
        expected.stated_name,
        filing.report_id,
        coalesce(filing.documents, 0) as documents,
        filing.filed_on,
        filing.proven_by
    from expected
    full join {{ ref('int_filing') }} as filing
        on filing.agency_key = expected.agency_key and filing.year = expected.year
),

described as (
    select
        everyone.*,
        place.code as place_code,
        place.province_code,
        place.city_code,
        place.county_code,
        place.province_name,
        place.city_name,
        place.county_name,
        nullif(regexp_extract(everyone.agency_key, '^\d+:(.*)$', 1), '') as own_name,
        agency.agency_name,
        agency.full_name,
        agency.level,
        place.name as place_name,
        place.full_name as place_full_name,
        place.level as place_level
    from everyone
    left join {{ ref('dim_agency') }} as agency using (agency_key)
    left join {{ ref('int_place') }} as place on place.code = split_part(everyone.agency_key, ':', 1)
),

named as (
    select
        * exclude (agency_name, full_name, level, stated_level, stated_name, own_name, place_name, place_full_name, place_level),
        coalesce(agency_name, if(own_name is null, place_name, place_name || own_name), stated_name, agency_key) as agency_name,
        coalesce(full_name, place_full_name || coalesce(own_name, ''), stated_name, agency_key) as full_name,
        coalesce(
            stated_level, level,
            case when own_name is null then place_level else {{ level_of_name('own_name') }} end,
            'unknown'
        ) as level
    from described
),

due as (
    select named.*, make_date(named.year + 1, deadline.month, deadline.day) as due_on
    from named
    left join {{ ref('filing_deadline') }} as deadline
        on deadline.level = named.level
        and named.year between deadline.first_year and coalesce(deadline.last_year, 9999)
),

judged as (
    select
        due.*,
        unreadable.document_name as unreadable_document,
        unreadable.reason as unreadable_reason,
        case
            when due.report_id is not null then case
                when due.due_on is null or due.proven_by <= due.due_on then 'filed'
                when due.filed_on > due.due_on then 'late'
                else 'filed_date_unknown'
            end
            when unreadable.agency_key is not null then 'unreadable'
            when due.due_on >= {{ load_date() }} then 'not_yet_due'
            else 'missing'
        end as filing
    from due
    left join {{ ref('int_unreadable') }} as unreadable
        on unreadable.agency_key = due.agency_key and unreadable.year = due.year
)

select
    agency_key,
    year,
    agency_name,
    full_name,
    level,
    {{ level_zh('level') }} as level_zh,
    place_code,
    province_code,
    province_name,
    city_code,
    city_name,
    county_code,
    county_name,
    is_expected,
    basis,
    sources,
    filing,
    {{ filing_zh('filing') }} as filing_zh,
    due_on,
    filed_on,
    case when filing = 'late' then cast(date_diff('day', due_on, filed_on) as integer) end as days_late,
    report_id,
    cast(documents as integer) as documents,
    case when filing = 'unreadable' then unreadable_document end as unreadable_document,
    case when filing = 'unreadable' then unreadable_reason end as unreadable_reason
from judged
