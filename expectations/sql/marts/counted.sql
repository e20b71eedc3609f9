-- Grain: one row a summary of reports or of who has filed: what it must count against what it counts.
with current_reports as (
    select count(*) as reports, coalesce(sum(findings_broken), 0) as broken
    from built.marts.dim_report
    where is_current
),

filing as (
    select count(*) filter (where is_expected and is_counted) as expected,
           count(*) filter (where is_expected and is_counted and filing in ('filed', 'late', 'filed_date_unknown')) as filed
    from (
        -- a province's own government belongs to no place of the summary
        select is_expected, filing, place_code is null or coalesce(province_code <> agency_key, false) as is_counted
        from built.marts.mart_filing
    )
),

summary as (
    select coalesce(sum(expected), 0) as expected, coalesce(sum(filed + late + filed_date_unknown), 0) as filed
    from built.marts.mart_filing_summary
    where place_code = 'unknown' or place_code in (select province_code from built.marts.mart_filing)
)

select 'mart_quality_source' as mart, reports as expected, (select coalesce(sum(reports), 0) from built.marts.mart_quality_source) as found
from current_reports
union all
select 'mart_quality_reader', reports, (select coalesce(sum(reports), 0) from built.marts.mart_quality_reader) from current_reports
union all
select 'mart_quality_agency', reports, (select coalesce(sum(reports), 0) from built.marts.mart_quality_agency) from current_reports
union all
select 'mart_quality_finding', broken, (select coalesce(sum(findings), 0) from built.marts.mart_quality_finding) from current_reports
union all
-- each rule is tested on, or does not apply to, every report
select 'mart_quality_rule', reports * (select count(*) from built.marts.dim_rule),
       (select coalesce(sum(reports), 0) from built.marts.mart_quality_rule)
from current_reports
union all
select 'mart_filing_summary (expected)', filing.expected, summary.expected from filing, summary
union all
select 'mart_filing_summary (filed)', filing.filed, summary.filed from filing, summary
