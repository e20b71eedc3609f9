-- Grain: one row a mart that readers rely on. found: whether the build has it.
select expected.name as mart,
       tables.table_name is not null as found
from (
    values ('dim_agency'), ('dim_year'), ('dim_metric'), ('dim_applicant'), ('dim_report'), ('dim_rule'),
           ('fct_figure'), ('fct_claim'), ('fct_finding'), ('mart_agency_year'), ('mart_review_list'),
           ('mart_quarantine'), ('mart_reject'), ('fct_revision_change'), ('mart_revision'), ('mart_filing'),
           ('mart_filing_summary'), ('mart_source_freshness'), ('dim_agency_history'), ('mart_outcome_mix'), ('mart_denial_reason'),
           ('mart_review_litigation'), ('mart_year_over_year'), ('mart_peer'), ('mart_region_year'), ('mart_quality_agency'),
           ('mart_quality_finding'), ('mart_quality_reader'), ('mart_quality_rule'), ('mart_quality_source'), ('mart_correction')
) as expected (name)
left join (
    select distinct table_name
    from duckdb_columns()
    where database_name = 'built' and schema_name = 'marts'
) as tables on tables.table_name = expected.name
order by mart
