-- Grain: one row a mart that shows figures or text of reports. rows_of_held: rows of reports that are held back.
with held as (
    select distinct landed_quarantine.report_id
    from landed_quarantine
    join landed_reports using (load_id, report_id)
    semi join latest using (document_sha256, load_id)
)

select 'fct_figure' as mart, coalesce(sum(cells), 0) as rows_of_held from report_figures semi join held using (report_id)
union all
select 'fct_claim', count(*) from anew.fct_claim semi join held using (report_id)
union all
select 'fct_finding', count(*) from anew.fct_finding semi join held using (report_id)
union all
select 'mart_review_list', count(*) from anew.mart_review_list semi join held using (report_id)
