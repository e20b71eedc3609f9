-- Grain: one row a kind of row that goes with a report: as many as were landed with the readings that count, against what is there.
-- In a build on top of the last one: of this load's reports.
with held as (select distinct load_id, report_id from landed_quarantine),

eligible as (
    select landed_reports.load_id, landed_reports.report_id
    from landed_reports
    semi join latest using (document_sha256, load_id)
    anti join held using (load_id, report_id)
),

-- rules across reports are tested in the build and come with no reading
landed_rules as (select distinct rule from landed_findings)

select 'fct_claim' as mart,
       (select count(*) from landed_claims semi join eligible using (load_id, report_id)) as expected,
       (select count(*) from anew.fct_claim semi join eligible using (report_id)) as found
union all
select 'fct_extra',
       (select count(*) from landed_extras semi join eligible using (load_id, report_id)),
       (select count(*) from anew.fct_extra semi join eligible using (report_id))
union all
select 'fct_finding',
       (select count(*) from landed_findings semi join eligible using (load_id, report_id)),
       (select count(*) from anew.fct_finding semi join eligible using (report_id) semi join landed_rules using (rule))
union all
select 'dim_report',
       (select count(*) from eligible),
       (select count(*) from anew.dim_report semi join eligible using (report_id))
