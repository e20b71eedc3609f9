-- Grain: one row a line of the corrections' files: what it says, and what became of it.
-- state: applied · superseded (applied, but the report has since been revised) · redundant (the figure reads so by now) ·
-- reading_changed (the figure no longer reads as the person saw it: not applied) · overridden (a later one counts) ·
-- unmatched (no such report, or not of that agency and year, or no such cell) · refused (the line itself is wrong).
with asked as (
    select distinct {{ report_number('report_id') }} as report_no
    from {{ ref('stg_correction') }}
    where report_id is not null
),

figures as (
    select
        report.report_id,
        figure.metric_key,
        figure.applicant_key,
        {{ correction_applies('correction', 'figure') }} as is_corrected,
        {{ stored_number('figure') }} as read_value,
        figure.value_status as read_status
    from {{ ref('store_figure') }} as figure
    -- by number: so of 200 million rows only the reports' own are looked at
    inner join asked using (report_no)
    inner join {{ ref('dim_report') }} as report using (report_no)
    left join {{ ref('store_correction') }} as correction
        on correction.report_no = figure.report_no
        and correction.metric_key = figure.metric_key
        and correction.applicant_key = figure.applicant_key
),

-- lines that say whose report it is were applied when its document was read, held reports among them
identified as (
    select
        correction.file,
        correction.line,
        case
            when report.report_id is null then 'unmatched'
            when row_number() over (
                partition by correction.report_id order by correction.corrected_on desc, correction.file desc, correction.line desc
            ) > 1 then 'overridden'
            when {{ fold('report.agency') }} is distinct from {{ fold('correction.agency') }}
                or report.year is distinct from correction.year then 'reading_changed'
            when 'review' in (report.agency_evidence, report.year_evidence)
                then case when coalesce(published.is_current, true) then 'applied' else 'superseded' end
            else 'redundant'
        end as state
    from {{ ref('stg_correction') }} as correction
    left join {{ ref('stg_report') }} as report using (report_id)
    left join {{ ref('int_report') }} as published using (report_id)
    where correction.metric = 'report.identity' and correction.refusal is null
),

judged as (
    select
        correction.*,
        report.agency_key,
        report.year as year_of_report,
        report.revision,
        report.is_current,
        figures.read_value as read_value_now,
        figures.read_status as read_status_now,
        agency.full_name,
        case
            when correction.refusal is not null then 'refused'
            when identified.state is not null then identified.state
            when figures.report_id is null or not coalesce(
                correction.year = report.year
                and {{ fold('correction.agency') }} in ({{ fold('report.agency') }}, {{ fold('agency.full_name') }}, {{ fold('agency.agency_name') }}),
                false
            ) then 'unmatched'
            when counted.report_id is null then 'overridden'
            when figures.is_corrected then case when report.is_current then 'applied' else 'superseded' end
            when figures.read_status = correction.status and figures.read_value is not distinct from correction.value then 'redundant'
            else 'reading_changed'
        end as state
    from {{ ref('stg_correction') }} as correction
    left join {{ ref('int_report') }} as report using (report_id)
    left join {{ ref('dim_agency') }} as agency on agency.agency_key = report.agency_key
    left join figures
        on figures.report_id = correction.report_id
        and figures.metric_key = correction.metric
        and figures.applicant_key = correction.applicant
    left join {{ ref('int_correction') }} as counted on counted.file = correction.file and counted.line = correction.line
    left join identified on identified.file = correction.file and identified.line = correction.line
)

select
    judged.file,
    judged.line,
    judged.correction_id,
    judged.state,
    case judged.state
        when 'applied' then '已生效'
        when 'superseded' then '报告已修订'
        when 'redundant' then '无须更正'
        when 'reading_changed' then '读数已变'
        when 'overridden' then '已有更新的更正'
        when 'unmatched' then '对不上'
        when 'refused' then '未采用'
    end as state_zh,
    coalesce(judged.refusal, concat(
        '更正文件 ', judged.file, ' 第 ', judged.line, ' 行：',
        case
            when judged.state = 'unmatched' then case
                when judged.agency_key is null or judged.metric = 'report.identity' then concat('没有报告 ', judged.report_id)
                when judged.year <> judged.year_of_report then concat('报告 ', judged.report_id, ' 是 ', judged.year_of_report, ' 年度的')
                when judged.read_status_now is null then concat('报告 ', judged.report_id, ' 没有这一格')
                else concat('报告 ', judged.report_id, ' 是', judged.full_name, '的，与所写机关不符')
            end
            when judged.metric = 'report.identity' then concat(
                '报告 ', judged.report_id, ' 认定为', judged.agency, judged.year, '年度',
                case judged.state
                    when 'applied' then '，已按认定发布'
                    when 'superseded' then concat('，它已是旧版（第 ', judged.revision, ' 版）')
                    when 'redundant' then '，现在读出的与认定相同，这一行可以删去'
                    when 'reading_changed' then '，现在读出的与认定时所见不同，未采用，请重新认定'
                    else '，另有更新的认定'
                end
            )
            else concat(
                judged.full_name, judged.year_of_report, '年报告，“', metric.name_zh, '”',
                case when judged.applicant <> 'all' then concat('（', applicant.name_zh, '）') else '' end,
                case judged.state
                    when 'applied' then '已按更正发布'
                    when 'superseded' then concat('所在的第 ', judged.revision, ' 版已不是现行报告，请核对现行报告是否仍须更正')
                    when 'redundant' then '的读数已与更正相同，这一行可以删去'
                    when 'reading_changed' then concat(
                        '的读数已变为', {{ cell_text('judged.read_status_now', 'judged.read_value_now', 'judged.unit') }}, '，与更正时所见不同，未更正，请重新核对'
                    )
                    else '另有更新的更正'
                end
            )
        end,
        '。'
    )) as sentence,
    judged.report_id,
    judged.agency_key,
    coalesce(judged.full_name, judged.agency) as agency_name,
    judged.year,
    judged.metric as metric_key,
    metric.name_zh as metric_zh,
    judged.applicant as applicant_key,
    judged.read_status_now as read_status,
    judged.read_value_now as read_value,
    judged.status as new_status,
    judged.value as new_value,
    judged.unit,
    judged.corrected_by,
    judged.corrected_on,
    judged.reason,
    judged.evidence
from judged
left join {{ ref('dim_metric') }} as metric on metric.metric_key = judged.metric
left join {{ ref('dim_applicant') }} as applicant on applicant.applicant_key = judged.applicant
