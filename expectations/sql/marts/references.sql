-- Grain: one row a reference from a mart to a dimension. rows_unresolved: rows whose key the dimension does not have.
-- Distinct keys are compared, each with the number of rows that carry it: no fact row is looked at twice.
select 'dim_report' as mart, 'agency_key' as key_column, 'dim_agency' as dimension,
       coalesce(sum(n), 0) as rows,
       coalesce(sum(n) filter (where keys.key is null or keys.key not in (select agency_key from built.marts.dim_agency)), 0) as rows_unresolved
from (select agency_key as key, count(*) as n from anew.dim_report group by agency_key) as keys
union all
select 'dim_report' as mart, 'year' as key_column, 'dim_year' as dimension,
       coalesce(sum(n), 0) as rows,
       coalesce(sum(n) filter (where keys.key is null or keys.key not in (select year from built.marts.dim_year)), 0) as rows_unresolved
from (select year as key, count(*) as n from anew.dim_report group by year) as keys
union all
select 'fct_figure' as mart, 'report_id' as key_column, 'dim_report' as dimension,
       coalesce(sum(n), 0) as rows,
       coalesce(sum(n) filter (where keys.key is null or keys.key not in (select report_id from built.marts.dim_report)), 0) as rows_unresolved
from (select report_id as key, sum(cells) as n from report_figures group by report_id) as keys
union all
select 'fct_figure' as mart, 'agency_key' as key_column, 'dim_agency' as dimension,
       coalesce(sum(n), 0) as rows,
       coalesce(sum(n) filter (where keys.key is null or keys.key not in (select agency_key from built.marts.dim_agency)), 0) as rows_unresolved
from (select agency_key as key, sum(cells) as n from report_figures group by agency_key) as keys
union all
select 'fct_figure' as mart, 'year' as key_column, 'dim_year' as dimension,
       coalesce(sum(n), 0) as rows,
       coalesce(sum(n) filter (where keys.key is null or keys.key not in (select year from built.marts.dim_year)), 0) as rows_unresolved
from (select year as key, sum(cells) as n from report_figures group by year) as keys
union all
select 'fct_figure' as mart, 'metric_key' as key_column, 'dim_metric' as dimension,
       coalesce(sum(n), 0) as rows,
       coalesce(sum(n) filter (where keys.key is null or keys.key not in (select metric_key from built.marts.dim_metric)), 0) as rows_unresolved
from (select metric_key as key, count(*) as n from anew.fct_figure group by metric_key) as keys
union all
select 'fct_figure' as mart, 'applicant_key' as key_column, 'dim_applicant' as dimension,
       coalesce(sum(n), 0) as rows,
       coalesce(sum(n) filter (where keys.key is null or keys.key not in (select applicant_key from built.marts.dim_applicant)), 0) as rows_unresolved
from (select applicant_key as key, count(*) as n from anew.fct_figure group by applicant_key) as keys
union all
select 'fct_claim' as mart, 'report_id' as key_column, 'dim_report' as dimension,
       coalesce(sum(n), 0) as rows,
       coalesce(sum(n) filter (where keys.key is null or keys.key not in (select report_id from built.marts.dim_report)), 0) as rows_unresolved
from (select report_id as key, count(*) as n from anew.fct_claim group by report_id) as keys
union all
select 'fct_finding' as mart, 'report_id' as key_column, 'dim_report' as dimension,
       coalesce(sum(n), 0) as rows,
       coalesce(sum(n) filter (where keys.key is null or keys.key not in (select report_id from built.marts.dim_report)), 0) as rows_unresolved
from (select report_id as key, count(*) as n from anew.fct_finding group by report_id) as keys
union all
select 'fct_finding' as mart, 'agency_key' as key_column, 'dim_agency' as dimension,
       coalesce(sum(n), 0) as rows,
       coalesce(sum(n) filter (where keys.key is null or keys.key not in (select agency_key from built.marts.dim_agency)), 0) as rows_unresolved
from (select agency_key as key, count(*) as n from anew.fct_finding group by agency_key) as keys
union all
select 'fct_finding' as mart, 'rule' as key_column, 'dim_rule' as dimension,
       coalesce(sum(n), 0) as rows,
       coalesce(sum(n) filter (where keys.key is null or keys.key not in (select rule from built.marts.dim_rule)), 0) as rows_unresolved
from (select rule as key, count(*) as n from anew.fct_finding group by rule) as keys
union all
select 'mart_agency_year' as mart, 'agency_key' as key_column, 'dim_agency' as dimension,
       coalesce(sum(n), 0) as rows,
       coalesce(sum(n) filter (where keys.key is null or keys.key not in (select agency_key from built.marts.dim_agency)), 0) as rows_unresolved
from (select agency_key as key, count(*) as n from anew.mart_agency_year group by agency_key) as keys
union all
select 'mart_agency_year' as mart, 'year' as key_column, 'dim_year' as dimension,
       coalesce(sum(n), 0) as rows,
       coalesce(sum(n) filter (where keys.key is null or keys.key not in (select year from built.marts.dim_year)), 0) as rows_unresolved
from (select year as key, count(*) as n from anew.mart_agency_year group by year) as keys
union all
select 'mart_review_list' as mart, 'report_id' as key_column, 'dim_report' as dimension,
       coalesce(sum(n), 0) as rows,
       coalesce(sum(n) filter (where keys.key is null or keys.key not in (select report_id from built.marts.dim_report)), 0) as rows_unresolved
from (select report_id as key, count(*) as n from anew.mart_review_list group by report_id) as keys
union all
select 'fct_revision_change' as mart, 'report_id' as key_column, 'dim_report' as dimension,
       coalesce(sum(n), 0) as rows,
       coalesce(sum(n) filter (where keys.key is null or keys.key not in (select report_id from built.marts.dim_report)), 0) as rows_unresolved
from (select report_id as key, count(*) as n from anew.fct_revision_change group by report_id) as keys
union all
select 'fct_revision_change' as mart, 'previous_report_id' as key_column, 'dim_report' as dimension,
       coalesce(sum(n), 0) as rows,
       coalesce(sum(n) filter (where keys.key is null or keys.key not in (select report_id from built.marts.dim_report)), 0) as rows_unresolved
from (select previous_report_id as key, count(*) as n from anew.fct_revision_change group by previous_report_id) as keys
union all
select 'fct_revision_change' as mart, 'metric_key' as key_column, 'dim_metric' as dimension,
       coalesce(sum(n), 0) as rows,
       coalesce(sum(n) filter (where keys.key is null or keys.key not in (select metric_key from built.marts.dim_metric)), 0) as rows_unresolved
from (select metric_key as key, count(*) as n from anew.fct_revision_change group by metric_key) as keys
union all
select 'fct_revision_change' as mart, 'applicant_key' as key_column, 'dim_applicant' as dimension,
       coalesce(sum(n), 0) as rows,
       coalesce(sum(n) filter (where keys.key is null or keys.key not in (select applicant_key from built.marts.dim_applicant)), 0) as rows_unresolved
from (select applicant_key as key, count(*) as n from anew.fct_revision_change group by applicant_key) as keys
union all
select 'mart_revision' as mart, 'report_id' as key_column, 'dim_report' as dimension,
       coalesce(sum(n), 0) as rows,
       coalesce(sum(n) filter (where keys.key is null or keys.key not in (select report_id from built.marts.dim_report)), 0) as rows_unresolved
from (select report_id as key, count(*) as n from anew.mart_revision group by report_id) as keys
union all
select 'mart_revision' as mart, 'previous_report_id' as key_column, 'dim_report' as dimension,
       coalesce(sum(n), 0) as rows,
       coalesce(sum(n) filter (where keys.key is null or keys.key not in (select report_id from built.marts.dim_report)), 0) as rows_unresolved
from (select previous_report_id as key, count(*) as n from anew.mart_revision group by previous_report_id) as keys
union all
select 'mart_revision' as mart, 'agency_key' as key_column, 'dim_agency' as dimension,
       coalesce(sum(n), 0) as rows,
       coalesce(sum(n) filter (where keys.key is null or keys.key not in (select agency_key from built.marts.dim_agency)), 0) as rows_unresolved
from (select agency_key as key, count(*) as n from anew.mart_revision group by agency_key) as keys
union all
-- who has not filed has no report
select 'mart_filing' as mart, 'report_id' as key_column, 'dim_report' as dimension,
       coalesce(sum(n), 0) as rows,
       coalesce(sum(n) filter (where keys.key is null or keys.key not in (select report_id from built.marts.dim_report)), 0) as rows_unresolved
from (select report_id as key, count(*) as n from built.marts.mart_filing where report_id is not null group by report_id) as keys
