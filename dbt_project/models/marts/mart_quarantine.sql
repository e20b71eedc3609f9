-- Grain: one row a report that is held back and reason; none of its figures is published.
select
    quarantine.report_id,
    quarantine.reason,
    coalesce(quarantine.rule, '') as rule,
    quarantine.message,
    report.agency as agency_printed,
    report.year,
    report.title,
    report.source,
    report.document_sha256,
    report.document_name,
    report.member,
    report.format,
    report.generation,
    {{ shanghai('quarantine.held_at') }} as held_at,
    quarantine.load_id
from {{ ref('stg_quarantine') }} as quarantine
inner join {{ ref('stg_report') }} as report using (report_id)
