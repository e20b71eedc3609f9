-- Grain: one row a current report whose amount of fees looks as if printed in 元 under 万元, or is so large that it should be
-- compared and can't be. An amount is suspected where, divided by 10,000, it is close to most of the agency's other years;
-- of an agency without enough other years, where it is far above all peers (same level, same year) and within their range
-- once divided. Thresholds are in the seed `rule_threshold`. Smaller amounts are not looked at.
{{ config(materialized='table', meta={'remember': ['report_id']}) }}
{% set metric = 'proactive.fees.amount' %}
with reports as (
    select
        report.report_id,
        report.agency_key,
        report.year,
        report.resolution,
        agency.full_name,
        agency.level,
        agency.place_level,
        wide.fees_amount as amount
    from {{ ref('int_report') }} as report
    inner join {{ ref('int_report_wide') }} as wide using (report_id)
    inner join {{ ref('dim_agency') }} as agency on agency.agency_key = report.agency_key
    where report.is_current and wide.fees_amount > 0
),

suspects as (
    select * from reports where amount >= {{ threshold('unit_implausible', 'floor', metric) }}
),

own_years as (
    select
        suspects.report_id,
        count(*) as other_years,
        count(*) filter (
            where suspects.amount / {{ threshold('unit_implausible', 'factor', metric) }}
                between other.amount / {{ threshold('unit_implausible', 'tolerance', metric) }}
                and other.amount * {{ threshold('unit_implausible', 'tolerance', metric) }}
        ) as years_that_fit,
        median(other.amount) as usual
    from suspects
    inner join reports as other
        on other.agency_key = suspects.agency_key
        and other.year <> suspects.year
        and suspects.resolution is distinct from 'ambiguous'
    group by suspects.report_id
),

peers as (
    select
        year,
        level,
        place_level,
        count(*) as peers,
        quantile_cont(amount, 0.1) as low,
        quantile_cont(amount, 0.5) as middle,
        quantile_cont(amount, 0.9) as high,
        quantile_cont(amount, 0.99) as top
    from reports
    where (year, level) in (select (year, level) from suspects)
    group by year, level, place_level
),

judged as (
    select
        suspects.*,
        coalesce(own_years.other_years, 0) as other_years,
        own_years.usual,
        peers.peers,
        peers.middle,
        suspects.amount / {{ threshold('unit_implausible', 'factor', metric) }} as in_ten_thousands,
        case
            when coalesce(own_years.other_years, 0) >= {{ threshold('unit_implausible', 'other_years', metric) }} then
                case
                    when own_years.years_that_fit >= 2 and 2 * own_years.years_that_fit > own_years.other_years then 'broken'
                    else 'passed'
                end
            when peers.peers < {{ threshold('unit_implausible', 'peers', metric) }} then 'not_assessable'
            when suspects.amount > {{ threshold('unit_implausible', 'peer_factor', metric) }} * peers.top
                and suspects.amount / {{ threshold('unit_implausible', 'factor', metric) }} between peers.low and peers.high then 'broken'
            else 'passed'
        end as outcome
    from suspects
    left join own_years using (report_id)
    inner join peers
        on peers.year = suspects.year
        and peers.level = suspects.level
        and peers.place_level is not distinct from suspects.place_level
)

select
    judged.report_id,
    'unit_implausible' as rule,
    judged.outcome,
    '{{ metric }}' as metric_key,
    'all' as applicant_key,
    case when judged.outcome = 'broken' then judged.in_ten_thousands end as expected,
    judged.amount as found,
    concat(
        judged.full_name, judged.year, '年报告，', metric.section_zh, '，“', metric.name_zh, '”：填报 ', {{ number_text('judged.amount') }},
        case
            when judged.outcome = 'not_assessable' then '（万元），没有足够的其他年份或同级机关可比，无法判断单位是否正确。'
            when judged.usual is not null and judged.other_years >= 2 then concat(
                '（万元），本机关其他 ', judged.other_years, ' 年的中位数为 ', {{ number_text('cast(judged.usual as decimal(24, 2))') }},
                '，疑为元，即 ', {{ number_text('cast(judged.in_ten_thousands as decimal(24, 4))') }}, ' 万元；不参与汇总。'
            )
            else concat(
                '（万元），当年 ', judged.peers, ' 个同级机关的中位数为 ', {{ number_text('cast(judged.middle as decimal(24, 2))') }},
                '，疑为元，即 ', {{ number_text('cast(judged.in_ten_thousands as decimal(24, 4))') }}, ' 万元；不参与汇总。'
            )
        end
    ) as message
from judged
inner join {{ ref('dim_metric') }} as metric on metric.metric_key = '{{ metric }}'
where judged.outcome <> 'passed'
