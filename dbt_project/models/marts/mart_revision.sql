-- Grain: one row a report that follows another of the same agency and year: what it changed, in numbers and in a sentence.
-- Differences that are only those of reading (doubtful in one of the two) are counted apart and are no corrections.
{{ config(materialized='incremental', incremental_strategy='append', meta={'slice': 'report'}) }}
{% set kinds = ['corrected', 'filled', 'emptied', 'unit', 'wording', 'row_added', 'row_dropped', 'form_added', 'form_dropped'] %}
with counted as (
    select
        report_id,
        count(*) filter (where change is not null and not is_reading) as changes,
        count(*) filter (where is_reading) as differences_of_reading,
        {% for kind in kinds -%}
        count(*) filter (where change = '{{ kind }}') as {{ kind }},
        {% endfor -%}
        -- of the cells that hold a number other than 0 in one of the two: only these tell documents apart
        count(*) filter (where old_status = 'reported' and new_status = 'reported' and (old_value <> 0 or new_value <> 0)) as numbers_compared
    from {{ ref('int_revision_cell') }}
    group by report_id
),

told as (
    select
        cell.report_id,
        concat(
            '“', metric.name_zh, '”', if(applicant.applicant_key = 'all', '', concat('（', applicant.name_zh, '）')),
            '由 ', {{ cell_text('cell.old_status', 'cell.old_value', 'cell.old_unit') }},
            ' 改为 ', {{ cell_text('cell.new_status', 'cell.new_value', 'cell.new_unit') }}
        ) as words,
        row_number() over (
            partition by cell.report_id
            order by cell.change <> 'corrected', metric.metric_order, applicant.applicant_order desc
        ) as number
    from {{ ref('int_revision_cell') }} as cell
    inner join {{ ref('dim_metric') }} as metric using (metric_key)
    inner join {{ ref('dim_applicant') }} as applicant using (applicant_key)
    where cell.change is not null and not cell.is_reading
),

worded as (
    select report_id, string_agg(words, '；' order by number) as words
    from told
    where number <= 3
    group by report_id
),

judged as (
    select
        revision.*,
        counted.* exclude (report_id),
        worded.words,
        case
            when counted.changes > 0 then 'changed'
            when counted.differences_of_reading > 0 then 'reading'
            else 'unchanged'
        end as verdict,
        -- a correction leaves most of a report as it was
        counted.numbers_compared >= 10 and counted.corrected * 2 > counted.numbers_compared as is_implausible
    from {{ ref('int_revision') }} as revision
    inner join counted using (report_id)
    left join worded using (report_id)
)

select
    judged.report_id,
    judged.previous_report_id,
    judged.agency_key,
    agency.full_name as agency_name,
    judged.year,
    cast(judged.revision as integer) as revision,
    judged.is_current,
    judged.verdict,
    case judged.verdict when 'changed' then '有更正' when 'reading' then '仅判读有异' else '无变化' end as verdict_zh,
    judged.arrival,
    case judged.arrival
        when 'same_address' then '同一地址换了内容'
        when 'same_document' then '同一文件内重复'
        else '另行发布'
    end as arrival_zh,
    concat(
        agency.full_name, judged.year, '年报告第 ', judged.revision, ' 版：',
        case judged.verdict
            when 'changed' then concat(
                '改动 ', judged.changes, ' 处，', judged.words, if(judged.changes > 3, ' 等', ''),
                if(judged.differences_of_reading > 0, concat('；另有 ', judged.differences_of_reading, ' 处因存疑不能比较'), ''), '。'
            )
            when 'reading' then concat('没有看到改动，', judged.differences_of_reading, ' 处因存疑不能比较。')
            else '与上一版的数值完全一致，无变化。'
        end,
        if(judged.is_implausible, '改动过半，请核对两份文件是否同属这一机关和年度。', '')
    ) as sentence,
    cast(judged.changes as integer) as changes,
    cast(judged.differences_of_reading as integer) as differences_of_reading,
    {% for kind in kinds -%}
    cast(judged.{{ kind }} as integer) as {{ kind }},
    {% endfor -%}
    cast(judged.numbers_compared as integer) as numbers_compared,
    judged.is_implausible,
    judged.published_on,
    judged.previous_published_on,
    report.document_name,
    previous.document_name as previous_document_name,
    report.document_sha256,
    previous.document_sha256 as previous_document_sha256,
    report.source,
    {{ shanghai('report.retrieved_at') }} as retrieved_at,
    judged.first_load_id,
    judged.load_id
from judged
inner join {{ ref('int_report') }} as report on report.report_id = judged.report_id
inner join {{ ref('int_report') }} as previous on previous.report_id = judged.previous_report_id
inner join {{ ref('dim_agency') }} as agency on agency.agency_key = judged.agency_key
where {{ touched_report('judged.report_id') }}
