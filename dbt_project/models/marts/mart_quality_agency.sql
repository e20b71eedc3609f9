-- Grain: one row an agency with a report: how sound its current reports are, over all years.
with reports as (
    select
        agency_key,
        count(*) as reports,
        min(year) as first_year,
        max(year) as last_year,
        count(*) filter (where cells_doubtful > 0) as reports_doubtful,
        count(*) filter (where findings_broken > 0) as reports_with_findings,
        sum(findings_broken) as findings_broken,
        sum(findings_not_assessable) as findings_not_assessable,
        sum(revision - 1) as revisions
    from {{ ref('dim_report') }}
    where is_current
    group by agency_key
),

figures as (
    select
        agency_key,
        sum(figures_doubtful) as figures_doubtful,
        sum(figures_corrected) as figures_corrected,
        sum(figures_suppressed) as figures_suppressed
    from {{ ref('mart_agency_year') }}
    group by agency_key
),

-- the rule broken most often, of several the first in the dictionary
top_rules as (
    select finding.agency_key, finding.rule, rule.name_zh
    from (
        select agency_key, rule, sum(findings) as findings from {{ ref('mart_quality_finding') }} group by agency_key, rule
    ) as finding
    inner join {{ ref('dim_rule') }} as rule using (rule)
    qualify row_number() over (partition by finding.agency_key order by finding.findings desc, rule.rule_order) = 1
)

select
    agency.agency_key,
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
    cast(reports.reports as integer) as reports,
    cast(reports.first_year as integer) as first_year,
    cast(reports.last_year as integer) as last_year,
    cast(reports.reports_doubtful as integer) as reports_doubtful,
    cast(reports.reports_with_findings as integer) as reports_with_findings,
    cast(reports.findings_broken as integer) as findings_broken,
    cast(reports.findings_not_assessable as integer) as findings_not_assessable,
    cast(coalesce(figures.figures_doubtful, 0) as integer) as figures_doubtful,
    cast(coalesce(figures.figures_corrected, 0) as integer) as figures_corrected,
    cast(coalesce(figures.figures_suppressed, 0) as integer) as figures_suppressed,
    cast(reports.revisions as integer) as revisions,
    top_rules.rule as top_rule,
    top_rules.name_zh as top_rule_zh
from reports
inner join {{ ref('dim_agency') }} as agency using (agency_key)
left join figures using (agency_key)
left join top_rules using (agency_key)
