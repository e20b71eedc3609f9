{{ config(tags=['registry']) }}
-- Grain: one row a metric of any generation of the form.
select
    metric_key,
    metric_order,
    name_zh,
    name_en,
    section,
    section_zh,
    metric_group,
    unit,
    by_applicant,
    signed,
    additivity = 'flow' as additive,
    additivity,
    list_contains(string_split(generations, ' '), '2019') as in_2019,
    list_contains(string_split(generations, ' '), '2021') as in_2021,
    string_split(generations, ' ') as generations,
    definition_zh,
    predecessor
from {{ ref('metric') }}
