{# The Chinese word for what a person decides. #}
{% macro decision_zh(expression) -%}
    case {{ expression }}
        when 'publish_as_printed' then '按原样发布'
        when 'correct' then '更正'
        when 'reject' then '不予采用'
        when 'ask_agency' then '请机关核实'
    end
{%- endmacro %}
