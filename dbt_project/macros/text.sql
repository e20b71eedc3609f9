{# A name with its spacing removed and its full-width brackets, digits and letters made half-width. #}
{% macro fold(expression) -%}
    regexp_replace(
        translate(
            {{ expression }},
            '（）［］｛｝：，．－０１２３４５６７８９ＡＢＣＤＥＦＧＨＩＪＫＬＭＮＯＰＱＲＳＴＵＶＷＸＹＺ',
            '()[]{}:,.-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ'
        ),
        '[\s\x{00a0}\x{200b}\x{3000}\x{feff}]+', '', 'g'
    )
{%- endmacro %}

{# A number as people write it: no trailing zeros, no decimal point for whole numbers. #}
{% macro number_text(expression) -%}
    regexp_replace(cast({{ expression }} as varchar), '\.?0+$', '')
{%- endmacro %}

{# An instant as the clock showed it in China, as a timestamp without zone (drivers without time zone data read it). #}
{% macro shanghai(expression) -%}
    timezone('Asia/Shanghai', {{ expression }})
{%- endmacro %}

{# A number in a sentence, or the word for its absence. #}
{% macro operand_text(expression) -%}
    coalesce({{ number_text(expression) }}, '（空缺）')
{%- endmacro %}

{# The Chinese word for a value status. #}
{% macro status_zh(expression) -%}
    case {{ expression }}
        when 'reported' then '已填'
        when 'blank' then '空白'
        when 'not_applicable' then '不适用'
        when 'text' then '文字'
        when 'missing' then '缺失'
        when 'doubtful' then '存疑'
    end
{%- endmacro %}

{# A report's key as a number, which facts are kept by: 63 bits of its digest. #}
{% macro report_number(report_id) -%}
    cast(md5_number_lower({{ report_id }}) // 2 as bigint)
{%- endmacro %}
