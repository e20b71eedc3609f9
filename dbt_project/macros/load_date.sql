{# The day of the load being built, in China: what "today" is in every model, so that the same load gives the same marts.
   The load's id begins with it; the variable `load_date` (YYYY-MM-DD) says otherwise, as when a past day is looked at. #}
{% macro load_date() -%}
    {%- set stated = var('load_date', none) -%}
    {%- set digits = env_var('GONGKAI_LOAD_ID')[:8] -%}
    {%- if stated -%} date '{{ stated }}'
    {%- elif digits.isdigit() -%} date '{{ digits[:4] }}-{{ digits[4:6] }}-{{ digits[6:] }}'
    {%- else -%} current_date {# no load is built: the models are only described #}
    {%- endif -%}
{%- endmacro %}
