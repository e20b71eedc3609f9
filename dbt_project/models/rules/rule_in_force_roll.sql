-- Grain: one row a current report and stock of documents (rules, normative documents) that breaks `in_force_roll` or
-- can't be tested; those that keep it have none.
-- in_force = last year's in_force + issued - repealed, where the forms of both years have these columns. Reports of a name that
-- several agencies share may be of different ones: they are not compared.
with reports as (
    select
        report.report_id,
        report.agency_key,
        report.year,
        report.generation,
        report.resolution is not distinct from 'ambiguous' as is_ambiguous,
        wide.* exclude (report_id)
    from {{ ref('int_report') }} as report
    left join {{ ref('int_report_wide') }} as wide using (report_id)
    where report.is_current
),

compared as (
    {% for stock in ['rules', 'normative_documents'] -%}
    select
        this_year.report_id,
        this_year.agency_key,
        this_year.year,
        'proactive.{{ stock }}' as stock,
        this_year.is_ambiguous,
        last_year.report_id is not null as has_last_year,
        this_year.{{ stock }}_in_force as found,
        this_year.{{ stock }}_in_force_status as found_status,
        last_year.{{ stock }}_in_force as base,
        this_year.{{ stock }}_issued as issued,
        this_year.{{ stock }}_repealed as repealed,
        'doubtful' in (
            coalesce(last_year.{{ stock }}_in_force_status, ''),
            coalesce(this_year.{{ stock }}_issued_status, ''),
            coalesce(this_year.{{ stock }}_repealed_status, '')
        ) as has_doubt
    from reports as this_year
    left join reports as last_year
        on last_year.agency_key = {{ comparable_key("this_year") }} and last_year.year = this_year.year - 1
    inner join {{ ref('dim_year') }} as before on before.year = this_year.year - 1
    inner join {{ ref('dim_metric') }} as metric on metric.metric_key = 'proactive.{{ stock }}.in_force'
    -- the report has the column, and so has the form that last year's used, or should have used
    where this_year.{{ stock }}_in_force_status is not null
        and {{ touched_report('this_year.report_id') }}
        and list_contains(metric.generations, coalesce(last_year.generation, before.form_generation))
    {{ "union all" if not loop.last }}
    {% endfor %}
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
