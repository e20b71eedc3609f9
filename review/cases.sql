-- Grain: one row a subject that people may have to decide on: a held report, or a doubtful figure of a current report.
-- rank: the worst first. A held report keeps all of its figures back; of figures totals come first, and late years before early ones.
with held as (
    select
        report_id,
        list(rule order by rule) as rules,
        list(message order by rule) as messages,
        max(state) as state,
        any_value(columns(* exclude (report_id, rule, message, reason, state)))
    from marts.mart_quarantine
    group by report_id
)

select
    'report' as subject,
    report_id,
    document_sha256,
    reader_version,
    agency_printed as agency,
    year,
    title,
    source,
    source_place as place,
    document_name,
    member,
    rules,
    messages,
    state,
    null as metric,
    null as applicant,
    null as section_zh,
    null as metric_zh,
    null as applicant_zh,
    null as read_status,
    cast(null as decimal(24, 6)) as read_value,
    null as unit,
    null as raw,
    cast(null as varchar[]) as evidence,
    cast(null as integer) as page,
    cast(null as double) as x0,
    cast(null as double) as top,
    cast(null as double) as x1,
    cast(null as double) as bottom,
    null as path,
    cast(null as integer) as line,
    0 as rank
from held
union all
select
    'cell',
    list.report_id,
    list.document_sha256,
    report.reader_version,
    list.agency_name,
    list.year,
    report.title,
    list.source,
    split_part(list.agency_key, ':', 1),
    list.document_name,
    list.member,
    [],
    [],
    'open',
    list.metric_key,
    list.applicant_key,
    list.section_zh,
    list.metric_name,
    list.applicant_name,
    'doubtful',
    list.doubtful_reading,
    list.unit,
    list.raw,
    list.evidence,
    list.page,
    list.x0,
    list.top,
    list.x1,
    list.bottom,
    list.path,
    list.line,
    case when list.applicant_key = 'total' or ends_with(list.metric_key, '.total') then 1 else 2 end
from marts.mart_review_list as list
inner join marts.dim_report as report using (report_id)
