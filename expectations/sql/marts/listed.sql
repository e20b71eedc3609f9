-- Grain: one row a list that people work through: what it must hold against what it holds.
select 'mart_quarantine' as mart,
       (
           select count(distinct report_id)
           from landed_quarantine
           semi join (select load_id, report_id from landed_reports semi join latest using (document_sha256, load_id)) as counted
               using (load_id, report_id)
       ) as expected,
       (select count(distinct report_id) from anew.mart_quarantine) as found
union all
select 'mart_reject',
       (select count(distinct document_sha256) from landed_rejects semi join latest using (document_sha256, load_id)),
       (select count(distinct document_sha256) from anew.mart_reject)
union all
select 'mart_review_list',
       (select coalesce(sum(cells_doubtful), 0) from report_figures where is_current),
       (select count(*) from anew.mart_review_list)
union all
select 'mart_revision',
       (select count(*) from anew.dim_report where revision > 1),
       (select count(*) from anew.mart_revision)
union all
-- everyone who has a report has filed, and nobody else
select 'mart_filing',
       (select count(*) from built.marts.dim_report where is_current),
       (select count(report_id) from built.marts.mart_filing where filing in ('filed', 'late', 'filed_date_unknown'))
union all
select 'mart_filing (missing)',
       (select count(*) from built.marts.mart_filing where report_id is null),
       (select count(*) from built.marts.mart_filing where filing in ('missing', 'unreadable', 'not_yet_due'))
union all
-- every line of this load's corrections, refused ones included
select 'mart_correction',
       (select count(*) from landed_corrections where load_id = (select load_id from this_load)),
       (select count(*) from built.marts.mart_correction)
union all
-- and every decision of a person's, withdrawn ones included
select 'mart_decision',
       (select count(*) from landed_decisions where load_id = (select load_id from this_load)),
       (select count(*) from built.marts.mart_decision)
