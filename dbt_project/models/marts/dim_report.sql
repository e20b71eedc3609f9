-- Grain: one row a published report (document and place in it), superseded revisions included.
{{ config(materialized='incremental', incremental_strategy='append', meta={'slice': 'report'}) }}
with findings as (
    select
        report_id,
        count(*) filter (where outcome = 'broken') as findings_broken,
        count(*) filter (where outcome = 'not_assessable') as findings_not_assessable
    from {{ ref('fct_finding') }}
    group by report_id
)

select
    report.report_id,
    report.report_no,
    report.agency_key,
    report.year,
    version.agency_version_key,
    cast(report.revision as integer) as revision,
    report.is_current,
    report.document_sha256,
    report.report_index,
    report.document_name,
    report.member,
    report.source,
    report.format,
    report.pages,
    report.generation,
    report.title,
    report.agency as agency_printed,
    report.agency_evidence,
    report.resolution_evidence,
    report.year_evidence,
    case
        when report.cells_doubtful > 0 then 'doubtful'
        when report.cells_missing > 0 then 'incomplete'
        when findings.findings_broken > 0 then 'findings'
        else 'clean'
    end as quality_state,
    case
        when report.cells_doubtful > 0 then '有存疑数'
        when report.cells_missing > 0 then '有缺失数'
        when findings.findings_broken > 0 then '有校验问题'
        else '未发现问题'
    end as quality_state_zh,
    report.cells_expected,
    report.cells_reported,
    report.cells_blank,
    report.cells_doubtful,
    report.cells_missing,
    cast(coalesce(findings.findings_broken, 0) as integer) as findings_broken,
    cast(coalesce(findings.findings_not_assessable, 0) as integer) as findings_not_assessable,
    {{ shanghai('report.retrieved_at') }} as retrieved_at,
    report.published_on,
    report.reader_version,
    report.load_id
from {{ ref('int_report') }} as report
inner join {{ ref('dim_agency_history') }} as version
    on version.agency_key = report.agency_key and report.year between version.match_from and version.match_to
left join findings using (report_id)
where {{ touched_report('report.report_id') }}
