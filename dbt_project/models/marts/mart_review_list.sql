{{ config(materialized='incremental', incremental_strategy='append', meta={'slice': 'report'}) }}
-- Grain: one row a doubtful figure of a current report: what a person is asked to look at.
select
    figure.report_id,
    figure.metric_key,
    figure.applicant_key,
    figure.agency_key,
    agency.full_name as agency_name,
    figure.year,
    metric.section_zh,
    metric.name_zh as metric_name,
    applicant.name_zh as applicant_name,
    figure.doubtful_reading,
    figure.unit,
    figure.raw,
    figure.evidence,
    report.source,
    report.document_sha256,
    report.document_name,
    report.member,
    figure.page,
    figure.x0,
    figure.top,
    figure.x1,
    figure.bottom,
    figure.path,
    figure.line,
    figure.load_id
from {{ ref('fct_figure') }} as figure
inner join {{ ref('dim_report') }} as report using (report_id)
inner join {{ ref('dim_agency') }} as agency on agency.agency_key = figure.agency_key
inner join {{ ref('dim_metric') }} as metric using (metric_key)
inner join {{ ref('dim_applicant') }} as applicant using (applicant_key)
where figure.value_status = 'doubtful' and figure.is_current
    and {{ touched_report('report.report_id') }}
