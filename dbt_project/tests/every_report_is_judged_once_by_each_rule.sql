-- What came of a rule adds up to the current reports: each passed, broke it, could not be tested, or is outside the rule.
select rule, year, level, province_code
from {{ ref('mart_quality_rule') }}
where reports <> reports_passed + reports_broken + reports_not_assessable + reports_not_applicable
    or least(reports_passed, reports_broken, reports_not_assessable, reports_not_applicable) < 0
union all
select 'all', year, null, null
from (select year, count(*) as reports from {{ ref('dim_report') }} where is_current group by year)
left join (
    select year, sum(reports) as judged from {{ ref('mart_quality_rule') }} where rule = 'row_total' group by year
) using (year)
where judged is distinct from reports
