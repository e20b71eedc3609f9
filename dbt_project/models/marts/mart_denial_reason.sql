-- Grain: one row an agency, year and reason for which requests were not granted, of reasons that occurred (requests > 0).
-- A reason without a row did not occur, or its count is not known: mart_agency_year tells the two apart (0 or null).
-- The report's one row 其他处理 of the 2019 form has no reasons below it and is in mart_outcome_mix.
-- A view: the wide mart's columns one under the other.
{{ config(materialized='view', tags=['settled'], meta={'tested_slice': 'agency_year'}) }}
{% set reasons = reason_figures() %}
with telling as (
    select *
    from {{ published('mart_agency_year') }}
    where
        {% for name in reasons -%}
        {{ name }} > 0 {{ "or " if not loop.last }}
        {%- endfor %}
),

reasons (metric_key, reason_group, name) as (
    values
    {% for name, (key, group) in reasons.items() -%}
    ('{{ key }}', '{{ group }}', '{{ name }}'){{ "," if not loop.last }}
    {% endfor %}
),

spread as (
    select
        {{ agency_columns('telling') }},
        reasons.metric_key,
        reasons.reason_group,
        case reasons.name
            {% for name in reasons -%}
            when '{{ name }}' then telling.{{ name }}
            {% endfor %}
        end as requests,
        case reasons.reason_group
            when 'denied' then telling.requests_denied
            when 'unavailable' then telling.requests_unavailable
            when 'not_processed' then telling.requests_not_processed
            when 'other' then telling.requests_other
        end as group_total,
        telling.requests_total
    from telling
    cross join reasons
)

select
    {{ agency_columns('spread') }},
    spread.metric_key,
    spread.reason_group,
    {{ outcome_zh('spread.reason_group') }} as reason_group_zh,
    split_part(metric.name_zh, '：', 2) as reason_zh,
    metric.metric_order as reason_order,
    spread.requests,
    spread.group_total,
    spread.requests_total,
    {{ rate('spread.requests', 'spread.group_total') }} as share_of_group,
    {{ rate('spread.requests', 'spread.requests_total') }} as share_of_outcomes
from spread
inner join {{ published('dim_metric') }} as metric using (metric_key)
where spread.requests > 0
