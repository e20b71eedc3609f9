-- Grain: one row a rule, agency and year that a current report breaks.
with broken as (
    select rule, agency_key, year, count(*) as findings, min(message) as message
    from {{ ref('fct_finding') }}
    where outcome = 'broken' and is_current
    group by rule, agency_key, year
)

select
    broken.rule,
    rule.name_zh as rule_zh,
    rule.kind,
    rule.kind_zh,
    broken.agency_key,
    broken.year,
    agency.agency_name,
    agency.full_name,
    agency.level,
    agency.level_zh,
    agency.place_level,
    agency.province_code,
    agency.province_name,
    agency.city_code,
    agency.city_name,
    agency.county_code,
    agency.county_name,
    cast(broken.findings as integer) as findings,
    broken.message
from broken
inner join {{ ref('dim_rule') }} as rule using (rule)
inner join {{ ref('dim_agency') }} as agency using (agency_key)
