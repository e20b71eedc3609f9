-- Grain: one row a doubtful figure of a current report: what a person is asked to look at.
{{ config(materialized='incremental', incremental_strategy='append', meta={'slice': 'report'}) }}
with doubtful as (
    select figure.*
    from {{ ref('store_figure') }} as figure
    where figure.value_status = 'doubtful'
        {% if is_slice() -%}
        -- by number: so of 200 million rows only the reports' own are looked at
        and figure.report_no in (select report_no from {{ ref('int_touched_report') }})
        {%- endif %}
),

grid as (
    select * from {{ ref('store_grid') }} where report_no in (select report_no from doubtful)
)

select
    report.report_id,
    figure.metric_key,
    figure.applicant_key,
    report.agency_key,
    agency.full_name as agency_name,
    report.year,
    metric.section_zh,
    metric.name_zh as metric_name,
    applicant.name_zh as applicant_name,
    {{ stored_number('figure') }} as doubtful_reading,
    figure.unit,
    {{ stored_text('figure') }} as raw,
    {{ stored_evidence('figure') }} as evidence,
    report.source,
    report.document_sha256,
    report.document_name,
    report.member,
    {{ place_columns('figure', 'path', 'grid') }},
    report.load_id
from doubtful as figure
inner join {{ ref('dim_report') }} as report using (report_no)
inner join {{ ref('dim_agency') }} as agency on agency.agency_key = report.agency_key
inner join {{ ref('dim_metric') }} as metric using (metric_key)
inner join {{ ref('dim_applicant') }} as applicant using (applicant_key)
left join {{ ref('store_path') }} as path on path.path_no = figure.path_no
left join grid on grid.report_no = figure.report_no
left join {{ ref('store_correction') }} as correction
    on correction.report_no = figure.report_no
    and correction.metric_key = figure.metric_key
    and correction.applicant_key = figure.applicant_key
where report.is_current
    and not {{ correction_applies('correction', 'figure') }}
    and {{ touched_report('report.report_id') }}
