{# The Chinese word for a level of agencies. #}
{% macro level_zh(expression) -%}
    case {{ expression }}
        when 'province' then '省级'
        when 'city' then '市级'
        when 'county' then '县级'
        when 'township' then '乡级'
        when 'zone' then '功能区'
        when 'department' then '部门'
        else '不明'
    end
{%- endmacro %}

{# The Chinese word for whether an agency has filed. #}
{% macro filing_zh(expression) -%}
    case {{ expression }}
        when 'filed' then '已报送'
        when 'late' then '逾期'
        when 'filed_date_unknown' then '已报送，日期不详'
        when 'unreadable' then '无法读取'
        when 'not_yet_due' then '未到期'
        when 'missing' then '未报送'
    end
{%- endmacro %}
