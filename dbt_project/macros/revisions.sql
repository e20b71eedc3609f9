{# The Chinese word for how a cell differs from the one in the report before. #}
{% macro change_zh(expression) -%}
    case {{ expression }}
        when 'corrected' then '数值更正'
        when 'filled' then '补填'
        when 'emptied' then '删除'
        when 'unit' then '单位更正'
        when 'wording' then '写法改动'
        when 'row_added' then '补列'
        when 'row_dropped' then '不再列出'
        when 'form_added' then '换表样新增'
        when 'form_dropped' then '换表样不再有'
        when 'became_readable' then '由存疑转为可读'
        when 'became_doubtful' then '转为存疑'
        when 'doubtful_in_both' then '两版均存疑'
    end
{%- endmacro %}

{# A cell as people say it: its number with the unit if one is needed, or the word for what stands there instead. #}
{% macro cell_text(status, value, unit) -%}
    case
        when {{ status }} is null then '（表样无此项）'
        when {{ status }} = 'reported' then concat({{ number_text(value) }}, if({{ unit }} in ('元', '万元'), ' ' || {{ unit }}, ''))
        else concat('“', {{ status_zh(status) }}, '”')
    end
{%- endmacro %}
