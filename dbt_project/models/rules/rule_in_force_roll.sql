-- Grain: one row a current report and stock of documents (rules, normative documents) that breaks `in_force_roll` or
-- can't be tested; those that keep it have none.
-- in_force = last year's in_force + issued - repealed, where the forms of both years have these columns. Reports of a name that
-- several agencies share may be of different ones: they are not compared.
with reports as (
    select report_id, agency_key, year, generation, resolution is not distinct from 'ambiguous' as is_ambiguous from {{ ref('int_report') }} where is_current
),

stocks as (
    select unnest(['proactive.rules', 'proactive.normative_documents']) as stock
),

figures as (
    select report_id, metric_key, value, value_status
    from {{ ref('int_figure') }}
    where is_current and applicant_key = 'all' and starts_with(metric_key, 'proactive.')
),

compared as (
    select
        this_year.report_id,
        this_year.agency_key,
        this_year.year,
        stocks.stock,
        this_year.is_ambiguous,
        last_year.report_id is not null as has_last_year,
        found.value as found,
        found.value_status as found_status,
        base.value as base,
        issued.value as issued,
        repealed.value as repealed,
        'doubtful' in (
            coalesce(base.value_status, ''), coalesce(issued.value_status, ''), coalesce(repealed.value_status, '')
        ) as has_doubt
    from reports as this_year
    cross join stocks
    inner join figures as found
        on found.report_id = this_year.report_id and found.metric_key = stocks.stock || '.in_force'
    left join figures as issued
        on issued.report_id = this_year.report_id and issued.metric_key = stocks.stock || '.issued'
    left join figures as repealed
        on repealed.report_id = this_year.report_id and repealed.metric_key = stocks.stock || '.repealed'
    left join reports as last_year
        on last_year.agency_key = this_year.agency_key and last_year.year = this_year.year - 1 and not this_year.is_ambiguous
    left join figures as base
        on base.report_id = last_year.report_id and base.metric_key = found.metric_key
    inner join {{ ref('dim_year') }} as before on before.year = this_year.year - 1
    inner join {{ ref('dim_metric') }} as metric on metric.metric_key = found.metric_key
    -- the form last year's report used, or should have used
    where list_contains(metric.generations, coalesce(last_year.generation, before.form_generation))
),

measured as (
    select
        *,
        coalesce(base, 0) + coalesce(issued, 0) - coalesce(repealed, 0) as known,
        base is null or issued is null as lacks_addend,
        repealed is null as lacks_subtrahend
    from compared
),

judged as (
    select
        *,
        case
            when not has_last_year or found is null or has_doubt then 'not_assessable'
            when known = found then 'passed'
            when not lacks_addend and not lacks_subtrahend then 'broken'
            -- what is blank is at least 0: it can only raise the sum where it is added, only lower it where it is subtracted
            when lacks_addend and not lacks_subtrahend and known > found then 'broken'
            when lacks_subtrahend and not lacks_addend and known < found then 'broken'
            else 'not_assessable'
        end as outcome
    from measured
)

select
    judged.report_id,
    'in_force_roll' as rule,
    judged.outcome,
    metric.metric_key,
    'all' as applicant_key,
    case when judged.has_last_year and not judged.has_doubt then judged.known end as expected,
    judged.found,
    concat(
        agency.full_name, judged.year, '年报告，二、主动公开政府信息情况，“', metric.name_zh, '”：',
        case
            when judged.is_ambiguous then '同名机关不止一个，无法与上年核对。'
            when not judged.has_last_year then concat(judged.year - 1, '年报告未入库，无法核对。')
            when judged.found is null then concat('本年数为“', {{ status_zh('judged.found_status') }}, '”，无法核对。')
            when judged.has_doubt then concat('填报 ', {{ number_text('judged.found') }}, '，参与计算的数中有存疑的，无法核对。')
            when judged.outcome = 'broken' then concat(
                '填报 ', {{ number_text('judged.found') }}, '，按上年现行有效 ', {{ operand_text('judged.base') }},
                ' 加本年制发 ', {{ operand_text('judged.issued') }}, ' 减本年废止 ', {{ operand_text('judged.repealed') }},
                ' 应为 ', {{ number_text('judged.known') }}, '。'
            )
            else concat(
                '填报 ', {{ number_text('judged.found') }}, '，上年现行有效 ', {{ operand_text('judged.base') }},
                '、本年制发 ', {{ operand_text('judged.issued') }}, '、本年废止 ', {{ operand_text('judged.repealed') }},
                '，缺数，无法核对。'
            )
        end
    ) as message
from judged
inner join {{ ref('dim_agency') }} as agency using (agency_key)
inner join {{ ref('dim_metric') }} as metric on metric.metric_key = judged.stock || '.in_force'
where judged.outcome <> 'passed'
    and {{ touched_report('judged.report_id') }}
