-- Grain: one row a report that is held back and reason; none of its figures is published.
-- state: open · decided (a person's decision did not settle it: look again) · asked (the agency) · rejected · revised (a later document in its place, or
-- a later report of its agency and year, is published).
with later as (
    select distinct held.report_id
    from {{ ref('stg_quarantine') }} as quarantine
    inner join {{ ref('stg_report') }} as held using (report_id)
    inner join {{ ref('stg_sighting') }} as seen using (document_sha256)
    inner join {{ ref('stg_sighting') }} as following
        on following.source = seen.source
        and following.address = seen.address
        and following.document_sha256 <> seen.document_sha256
        and row(following.first_load_id, following.first_seen_at) > row(seen.first_load_id, seen.first_seen_at)
    inner join {{ ref('int_report') }} as published on published.document_sha256 = following.document_sha256
    union
    select held.report_id
    from {{ ref('stg_quarantine') }} as quarantine
    inner join {{ ref('stg_report') }} as held using (report_id)
    inner join {{ ref('int_report') }} as published
        on published.agency = held.agency
        and published.year = held.year
        and published.source = held.source
        and published.retrieved_at > held.retrieved_at
),

decided as (
    select report_id, decision_id, decision, decided_by, decided_at, reason, state
    from {{ ref('mart_decision') }}
    where subject = 'report' and state not in ('withdrawn', 'overridden', 'refused')
),

judged as (
    select
        quarantine.*,
        decided.decision_id,
        decided.decision,
        decided.decided_by,
        decided.decided_at,
        decided.reason as decision_reason,
        case
            when decided.state = 'noted' and decided.decision = 'reject' then 'rejected'
            when later.report_id is not null then 'revised'
            when decided.state = 'noted' then 'asked'
            when decided.decision_id is not null then 'decided'
            else 'open'
        end as state
    from {{ ref('stg_quarantine') }} as quarantine
    left join later using (report_id)
    left join decided using (report_id)
)

select
    judged.report_id,
    judged.reason,
    coalesce(judged.rule, '') as rule,
    judged.message,
    judged.state,
    case judged.state
        when 'open' then '待复核'
        when 'decided' then '决定未能解决，待复核'
        when 'asked' then '已请机关核实'
        when 'rejected' then '已决定不予采用'
        when 'revised' then '已有后来的报告'
    end as state_zh,
    report.agency as agency_printed,
    report.year,
    report.title,
    report.source,
    report.source_place,
    report.document_sha256,
    report.document_name,
    report.member,
    report.format,
    report.generation,
    report.reader_version,
    {{ shanghai('judged.held_at') }} as held_at,
    judged.decision_id,
    {{ decision_zh('judged.decision') }} as decision_zh,
    judged.decided_by,
    judged.decided_at,
    judged.decision_reason,
    judged.load_id
from judged
inner join {{ ref('stg_report') }} as report using (report_id)
