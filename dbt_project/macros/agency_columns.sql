{# The columns that say whose a row of a mart for people is, from a relation that has them under these names. #}
{% macro agency_columns(relation) -%}
    {{ relation }}.agency_key,
    {{ relation }}.year,
    {{ relation }}.agency_name,
    {{ relation }}.full_name,
    {{ relation }}.level,
    {{ relation }}.level_zh,
    {{ relation }}.place_level,
    {{ relation }}.province_code,
    {{ relation }}.province_name,
    {{ relation }}.city_code,
    {{ relation }}.city_name,
    {{ relation }}.county_code,
    {{ relation }}.county_name
{%- endmacro %}

{# The Chinese word for an outcome of requests, and for the group of a reason. #}
{% macro outcome_zh(expression) -%}
    case {{ expression }}
        when 'granted' then '予以公开'
        when 'partially_granted' then '部分公开'
        when 'denied' then '不予公开'
        when 'unavailable' then '无法提供'
        when 'not_processed' then '不予处理'
        when 'other' then '其他处理'
    end
{%- endmacro %}

{# The places that an agency is counted in, as a list: the country, its province, city and county; `unknown` alone if its place is not
   known. #}
{% macro places_of(relation, is_known) -%}
    case
        when {{ is_known }} then list_filter(
            list_distinct(['CN', {{ relation }}.province_code, {{ relation }}.city_code, {{ relation }}.county_code]),
            lambda code: code is not null
        )
        else ['unknown']
    end
{%- endmacro %}
