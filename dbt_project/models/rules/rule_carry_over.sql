-- Grain: one row a current report that breaks `carry_over` or can't be tested; reports that keep it have none.
-- carried_in (total) of a year = carried_forward (total) of the same agency's year before. In the first year of the
-- statutory form there is nothing to compare with. Reports of a name that several agencies share may be of different ones:
-- they are not compared.
with reports as (
    select
        report.report_id,
        report.agency_key,
        report.year,
        report.resolution is not distinct from 'ambiguous' as is_ambiguous,
        wide.requests_carried_in,
        wide.requests_carried_in_status,
        wide.requests_carried_forward,
        wide.requests_carried_forward_status
    from {{ ref('int_report') }} as report
    left join {{ ref('int_report_wide') }} as wide using (report_id)
    where report.is_current
),

compared as (
    select
        this_year.report_id,
        this_year.agency_key,
        this_year.year,
        this_year.is_ambiguous,
        last_year.report_id is not null as has_last_year,
        this_year.requests_carried_in as found,
        coalesce(this_year.requests_carried_in_status, 'missing') as found_status,
        last_year.requests_carried_forward as expected,
        coalesce(last_year.requests_carried_forward_status, 'missing') as expected_status
    from reports as this_year
    left join reports as last_year
        on last_year.agency_key = {{ comparable_key("this_year") }} and last_year.year = this_year.year - 1
    where this_year.year - 1 in (select year from {{ ref('dim_year') }} where form_generation is not null)
        and {{ touched_report('this_year.report_id') }}
),
judged as (
    select
        *,
        case
            when not has_last_year or found is null or expected_status = 'doubtful' then 'not_assessable'
            -- a blank is no operand: the known sum of no parts is 0, and counts are not negative
            when expected is null then if(found = 0, 'passed', 'not_assessable')
            else if(found = expected, 'passed', 'broken')
        end as outcome
    from compared
)

select
    judged.report_id,
    'carry_over' as rule,
    judged.outcome,
    'requests.carried_in' as metric_key,
    'total' as applicant_key,
    judged.expected,
    judged.found,
    concat(
        agency.full_name, judged.year, '年报告，三、收到和处理政府信息公开申请情况，“', carried_in.name_zh, '”行、“总计”列：',
        case
            when judged.outcome = 'broken' then concat(
                '填报 ', {{ number_text('judged.found') }}, '，', judged.year - 1, '年报告“', carried_forward.name_zh,
                '”为 ', {{ number_text('judged.expected') }}, '，两者应当相等。'
            )
            when judged.is_ambiguous then '同名机关不止一个，无法与上年核对。'
            when not judged.has_last_year then concat(judged.year - 1, '年报告未入库，无法核对。')
            when judged.found is null then concat('本年数为“', {{ status_zh('judged.found_status') }}, '”，无法与上年核对。')
            else concat(
                '填报 ', {{ number_text('judged.found') }}, '，', judged.year - 1, '年报告“', carried_forward.name_zh,
                '”为“', {{ status_zh('judged.expected_status') }}, '”，无法核对。'
            )
        end
    ) as message
from judged
inner join {{ ref('dim_agency') }} as agency using (agency_key)
cross join (select name_zh from {{ ref('dim_metric') }} where metric_key = 'requests.carried_in') as carried_in
cross join (select name_zh from {{ ref('dim_metric') }} where metric_key = 'requests.carried_forward') as carried_forward
where judged.outcome <> 'passed'
