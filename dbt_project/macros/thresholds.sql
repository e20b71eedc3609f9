{# A threshold of a rule across reports, from the seed `rule_threshold`. #}
{% macro threshold(rule, parameter, metric=none) -%}
    (
        select value from {{ ref('rule_threshold') }}
        where rule = '{{ rule }}' and parameter = '{{ parameter }}' and metric_key {{ "= '" ~ metric ~ "'" if metric else "is null" }}
    )
{%- endmacro %}
