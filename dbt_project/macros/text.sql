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

{# A folded name with the words for an administration in one spelling: 街道办事处 is the 街道, 管理委员会 the 管委会. #}
{% macro fold_place(expression) -%}
    regexp_replace(
        regexp_replace(
            replace({{ fold(expression) }}, '管理委员会', '管委会'),
            '(街道|地区)(办事处|办)', '\1'
        ),
        '街道(人民)?政府', '街道'
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

{# An agency's name as it is compared and keyed: folded, without the 人民政府 behind a place's name. #}
{% macro fold_agency(expression) -%}
    regexp_replace({{ fold_place(expression) }}, '(.)(人民政府|政府)$', '\1')
{%- endmacro %}

{# The kind of an agency that is no place of the registry, from how its own name ends. #}
{% macro level_of_name(expression) -%}
    case
        when regexp_matches({{ expression }}, '(镇|乡|街道|苏木)$') then 'township'
        when regexp_matches({{ expression }}, '(开发区|园区|新区|示范区|保税区|管理区|风景区|合作区|度假区|试验区|管委会)$') then 'zone'
        when regexp_matches({{ expression }}, '(县|市|区|旗)$') then 'county'
        else 'department'
    end
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
