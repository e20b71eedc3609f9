-- Grain: one row a rule that findings name.
{{ config(tags=['registry']) }}
with thresholds as (
    select rule, string_agg(note, '；' order by metric_key nulls first, parameter) as threshold_zh
    from {{ ref('rule_threshold') }}
    group by rule
)

select
    rule.rule,
    rule.rule_order,
    rule.name_zh,
    rule.name_en,
    rule.scope,
    rule.kind,
    rule.kind_zh,
    rule.severity,
    case rule.severity when 'critical' then '阻断' when 'report' then '暂缓' else '提示' end as severity_zh,
    rule.section,
    rule.section_zh,
    rule.definition_zh,
    rule.sentence_zh,
    thresholds.threshold_zh,
    rule.first_year,
    string_split(rule.generations, ' ') as generations
from {{ ref('rule') }} as rule
left join thresholds using (rule)
