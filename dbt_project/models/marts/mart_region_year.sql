-- Grain: one row a place, level of agencies and year. Places: 全国 (CN), provinces, cities, counties; `unknown` for agencies whose place is
-- not known. A place counts all agencies of that level in it, a place's own government under the place's own level. So the
-- counties of a city, with what belongs to the city directly, add up to the city, and the provinces to 全国.
-- Levels are never added up: a government's own report as a rule covers its departments and townships already.
-- A sum is of the agencies whose figure is known (*_agencies says how many); null where none is. Rates are over
-- agencies whose parts are both known, as models/semantic defines them.
{% set sums = [
    'requests_received', 'requests_carried_in', 'requests_granted', 'requests_partially_granted', 'requests_denied',
    'requests_unavailable', 'requests_not_processed', 'requests_other', 'requests_total', 'requests_carried_forward',
    'review_upheld', 'review_corrected', 'review_other', 'review_pending', 'review_total',
    'litigation_upheld', 'litigation_corrected', 'litigation_other', 'litigation_pending', 'litigation_total',
    'licensing_decisions', 'penalty_decisions', 'coercion_decisions', 'fees_amount', 'normative_documents_issued',
] %}
{% set rates = [
    'disclosure_rate', 'grant_rate', 'partial_grant_rate', 'denial_rate', 'unavailable_rate', 'not_processed_rate', 'other_rate',
    'review_correction_rate', 'litigation_loss_rate',
] %}
with reported as (
    select
        unnest({{ places_of('figures', "figures.resolution = 'resolved'") }}) as place_code,
        figures.*
    from {{ ref('mart_agency_year') }} as figures
),

summed as (
    select
        place_code,
        level,
        year,
        count(*) as agencies_reported,
        {% for name in sums -%}
        sum({{ name }}) as {{ name }},
        {% endfor -%}
        count(requests_received) as requests_agencies,
        count(requests_total) as outcomes_agencies,
        count(review_total) as review_agencies,
        count(litigation_total) as litigation_agencies,
        count(fees_amount) as fees_agencies,
        {% for name in rates -%}
        {{ metric_over(name) }} as {{ name }},
        {% endfor -%}
        sum(figures_doubtful) as figures_doubtful,
        sum(figures_corrected) as figures_corrected,
        sum(figures_suppressed) as figures_suppressed,
        count(*) filter (where figures_doubtful > 0) as agencies_doubtful
    from reported
    group by place_code, level, year
),

due as (
    select
        unnest({{ places_of('filing', 'filing.place_code is not null') }}) as place_code,
        coalesce(agency.level, filing.level) as level,
        filing.year,
        filing.is_expected,
        filing.report_id is not null as has_report
    from {{ ref('mart_filing') }} as filing
    left join {{ ref('dim_agency') }} as agency on agency.agency_key = filing.agency_key
    where filing.is_expected and filing.filing <> 'not_yet_due'
),

expected as (
    select place_code, level, year, count(*) as agencies_expected, count(*) filter (where has_report) as expected_reported
    from due
    group by place_code, level, year
),

together as (
    select
        coalesce(summed.place_code, expected.place_code) as place_code,
        coalesce(summed.level, expected.level) as level,
        coalesce(summed.year, expected.year) as year,
        coalesce(expected.agencies_expected, 0) as agencies_expected,
        coalesce(expected.expected_reported, 0) as expected_reported,
        summed.* exclude (place_code, level, year)
    from summed
    full join expected
        on expected.place_code = summed.place_code and expected.level = summed.level and expected.year = summed.year
)

select
    together.place_code,
    together.level,
    cast(together.year as integer) as year,
    case together.place_code when 'CN' then '全国' when 'unknown' then '地方不明' else place.name end as place_name,
    case together.place_code when 'CN' then '全国' when 'unknown' then '地方不明' else place.full_name end as place_full_name,
    case together.place_code when 'CN' then 'country' when 'unknown' then 'unknown' else place.level end as place_level,
    case when place.level = 'province' then 'CN' else place.parent_code end as parent_code,
    place.province_code,
    place.province_name,
    place.city_name,
    place.county_name,
    {{ level_zh('together.level') }} as level_zh,
    cast(together.agencies_expected as integer) as agencies_expected,
    cast(together.expected_reported as integer) as expected_reported,
    cast(coalesce(together.agencies_reported, 0) as integer) as agencies_reported,
    {{ rate('together.expected_reported', 'together.agencies_expected') }} as coverage,
    {% for name in sums -%}
    cast(together.{{ name }} as decimal(24, 6)) as {{ name }},
    {% endfor -%}
    {% for name in ['requests_agencies', 'outcomes_agencies', 'review_agencies', 'litigation_agencies', 'fees_agencies'] -%}
    cast(coalesce(together.{{ name }}, 0) as integer) as {{ name }},
    {% endfor -%}
    {% for name in rates -%}
    together.{{ name }},
    {% endfor -%}
    {% for name in ['figures_doubtful', 'figures_corrected', 'figures_suppressed', 'agencies_doubtful'] -%}
    cast(coalesce(together.{{ name }}, 0) as integer) as {{ name }}{{ "," if not loop.last }}
    {% endfor %}
from together
left join {{ ref('int_place') }} as place on place.code = together.place_code
