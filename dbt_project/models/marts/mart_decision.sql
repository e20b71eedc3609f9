-- Grain: one row a decision of a person's on a held report or a doubtful figure, withdrawn ones included: what became of it.
-- state: applied · noted (rejected or asked about: nothing is published for it) · superseded (the report has since been revised) ·
-- redundant (settled otherwise by now) · reading_changed (it no longer reads as the person saw it: not applied) · overridden (a later
-- one counts) · unmatched (no such report or cell) · withdrawn · refused (the line itself is wrong).
with asked as (
    select distinct {{ report_number('report_id') }} as report_no
    from {{ ref('stg_decision') }}
    where report_id is not null
),

figures as (
    select
        figure.report_no,
        figure.metric_key,
        figure.applicant_key,
        figure.value_status,
        {{ stored_number('figure') }} as number
    from {{ ref('store_figure') }} as figure
    -- by number: so of 200 million rows only the reports' own are looked at
    inner join asked using (report_no)
),

held as (
    select report_id, list(coalesce(rule, '') order by rule) as rules
    from {{ ref('stg_quarantine') }}
    group by report_id
),

judged as (
    select
        decision.*,
        coalesce(agency.full_name, report.agency, decision.agency) as agency_name,
        coalesce(report.year, decision.year) as report_year,
        published.agency_key,
        report.reader_version as reader_version_now,
        figures.value_status as read_status_now,
        figures.number as read_value_now,
        case
            when decision.standing <> 'in_force' then decision.standing
            when report.report_id is null then 'unmatched'
            -- what it puts in the place of a reading is a correction, and judged as one
            when correction.correction_id is not null then correction.state
            when decision.decision = 'publish_as_printed' then case
                when released.report_id is not null then case when coalesce(published.is_current, true) then 'applied' else 'superseded' end
                when held.report_id is not null then 'reading_changed'
                else 'redundant'
            end
            when decision.subject = 'report' then case
                when held.report_id is null then 'redundant'
                when list_has_all(decision.rules, held.rules) then 'noted'
                else 'reading_changed'
            end
            when figures.metric_key is null then 'unmatched'
            when not published.is_current then 'superseded'
            when figures.value_status <> 'doubtful' then 'redundant'
            when figures.number is distinct from decision.read_value then 'reading_changed'
            else 'noted'
        end as state
    from {{ ref('stg_decision') }} as decision
    left join {{ ref('stg_report') }} as report using (report_id)
    left join {{ ref('int_report') }} as published using (report_id)
    left join {{ ref('dim_agency') }} as agency on agency.agency_key = published.agency_key
    left join held using (report_id)
    left join (select distinct report_id, decision_id from {{ ref('stg_release') }}) as released
        on released.report_id = decision.report_id and released.decision_id = decision.decision_id
    left join {{ ref('mart_correction') }} as correction on correction.correction_id = decision.decision_id
    left join figures
        on figures.report_no = report.report_no
        and figures.metric_key = decision.metric
        and figures.applicant_key = decision.applicant
)

select
    judged.decision_id,
    judged.line,
    judged.state,
    case judged.state
        when 'applied' then '已生效'
        when 'noted' then '已记录'
        when 'superseded' then '报告已修订'
        when 'redundant' then '已另行解决'
        when 'reading_changed' then '读数已变'
        when 'overridden' then '已有更新的决定'
        when 'unmatched' then '对不上'
        when 'withdrawn' then '已撤回'
        when 'refused' then '未采用'
    end as state_zh,
    coalesce(judged.refusal, concat(
        coalesce(judged.agency_name, '机关不明'), coalesce(cast(judged.report_year as varchar), '不明'), '年度报告',
        case when judged.subject = 'cell' then concat('，“', metric.name_zh, '”') else '' end,
        case when judged.applicant <> 'all' then concat('（', applicant.name_zh, '）') else '' end,
        '：', judged.decided_by, ' 决定', {{ decision_zh('judged.decision') }},
        case
            when judged.right_agency is not null then concat('，认定为', judged.right_agency, judged.right_year, '年度')
            when judged.status = 'reported' then concat('为 ', {{ number_text('judged.value') }})
            when judged.status is not null then concat('为', {{ cell_text('judged.status', 'judged.value', 'null') }})
            else ''
        end,
        case judged.state
            when 'applied' then '，已生效'
            when 'noted' then '，已记录，不发布数值'
            when 'superseded' then '，报告其后已修订，请核对现行报告是否仍需处理'
            when 'redundant' then '，已另行解决，不再需要'
            when 'reading_changed' then '，现在读出的与决定时所见不同，未采用，请重新决定'
            when 'overridden' then '，其后另有决定'
            when 'withdrawn' then concat('，已由 ', judged.withdrawn_by, ' 撤回：', judged.withdrawn_reason)
            when 'refused' then '，未采用'
            else '，没有这份报告或这一格'
        end,
        '。'
    )) as sentence,
    judged.subject,
    judged.decision,
    {{ decision_zh('judged.decision') }} as decision_zh,
    judged.report_id,
    judged.document_sha256,
    judged.agency_key,
    judged.agency_name,
    judged.report_year as year,
    judged.rules,
    judged.metric as metric_key,
    judged.applicant as applicant_key,
    judged.read_status as seen_status,
    judged.read_value as seen_value,
    judged.read_status_now as read_status,
    judged.read_value_now as read_value,
    judged.status as new_status,
    judged.value as new_value,
    judged.right_agency,
    judged.right_year,
    judged.reader_version as seen_reader_version,
    judged.reader_version_now as reader_version,
    judged.decided_by,
    {{ shanghai('judged.decided_at') }} as decided_at,
    judged.reason,
    judged.evidence,
    judged.channel,
    judged.withdrawn_by,
    {{ shanghai('judged.withdrawn_at') }} as withdrawn_at,
    judged.withdrawn_reason
from judged
left join {{ ref('dim_metric') }} as metric on metric.metric_key = judged.metric
left join {{ ref('dim_applicant') }} as applicant on applicant.applicant_key = judged.applicant
