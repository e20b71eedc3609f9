-- Grain: one row a metric of any generation of the form.
{{ config(tags=['registry']) }}
select
    metric.metric_key,
    metric.metric_order,
    metric.name_zh,
    metric.name_en,
    metric.section,
    metric.section_zh,
    metric.metric_group,
    case
        when metric.section = 'requests' then case metric.metric_group
            when 'requests' then '申请与结果'
            when 'requests.denied' then '不予公开'
            when 'requests.unavailable' then '无法提供'
            when 'requests.not_processed' then '不予处理'
            else '其他处理'
        end
        else split_part(metric.name_zh, '：', 1)
    end as group_zh,
    metric.unit,
    metric.by_applicant,
    metric.signed,
    metric.additivity = 'additive' as additive,
    metric.additivity,
    metric.additivity_zh,
    list_contains(string_split(metric.generations, ' '), '2019') as in_2019,
    list_contains(string_split(metric.generations, ' '), '2021') as in_2021,
    string_split(metric.generations, ' ') as generations,
    metric.label_zh,
    metric.definition_zh,
    metric.definition_en,
    metric.comparability,
    metric.comparability_zh,
    metric.comparability_why_zh,
    metric.counterpart,
    metric.predecessor,
    metric.successor
from {{ ref('metric') }} as metric
