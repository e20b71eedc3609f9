-- Grain: one row a mart. rows_without_key: a key column is null; rows_repeated: rows beyond the first of their key.
select 'dim_agency' as mart, count(*) as rows,
       count(*) filter (where agency_key is null) as rows_without_key,
       count(*) - count(distinct agency_key) as rows_repeated
from built.marts.dim_agency
union all
select 'dim_year', count(*), count(*) filter (where year is null), count(*) - count(distinct year)
from built.marts.dim_year
union all
select 'dim_metric', count(*), count(*) filter (where metric_key is null), count(*) - count(distinct metric_key)
from built.marts.dim_metric
union all
select 'dim_applicant', count(*), count(*) filter (where applicant_key is null), count(*) - count(distinct applicant_key)
from built.marts.dim_applicant
union all
select 'dim_rule', count(*), count(*) filter (where rule is null), count(*) - count(distinct rule)
from built.marts.dim_rule
union all
select 'dim_report', count(*), count(*) filter (where report_id is null), count(*) - count(distinct report_id)
from built.marts.dim_report
union all
select 'fct_finding', count(*), count(*) filter (where finding_id is null), count(*) - count(distinct finding_id)
from anew.fct_finding
union all
select 'fct_figure', coalesce(sum(cells), 0), coalesce(sum(if(report_id is null, cells, cells_without_key)), 0), coalesce(sum(cells_repeated), 0)
from report_figures
union all
select 'mart_agency_year', sum(n), sum(n) filter (where agency_key is null or year is null), sum(n - 1)
from (select agency_key, year, count(*) as n from anew.mart_agency_year group by agency_key, year)
union all
select 'fct_revision_change', sum(n), sum(n) filter (where report_id is null or metric_key is null or applicant_key is null), sum(n - 1)
from (
    select report_id, metric_key, applicant_key, count(*) as n
    from anew.fct_revision_change
    group by report_id, metric_key, applicant_key
)
union all
select 'mart_revision', count(*), count(*) filter (where report_id is null), count(*) - count(distinct report_id)
from anew.mart_revision
union all
select 'mart_filing', sum(n), sum(n) filter (where agency_key is null or year is null), sum(n - 1)
from (select agency_key, year, count(*) as n from built.marts.mart_filing group by agency_key, year)
union all
select 'mart_filing_summary', sum(n), sum(n) filter (where place_code is null or level is null or year is null), sum(n - 1)
from (select place_code, level, year, count(*) as n from built.marts.mart_filing_summary group by place_code, level, year)
union all
select 'mart_source_freshness', count(*), count(*) filter (where source is null), count(*) - count(distinct source)
from built.marts.mart_source_freshness
union all
-- one current revision an agency and year
select 'dim_report (is_current)', sum(n), 0, sum(n - 1)
from (select agency_key, year, count(*) as n from built.marts.dim_report where is_current group by agency_key, year)
