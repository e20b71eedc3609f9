{# The correction of a stored figure, as a condition of a left join: keys only, or the join would compare every figure with every
   correction. #}
{% macro same_figure(correction, figure) -%}
    {{ correction }}.report_no = {{ figure }}.report_no
    and {{ correction }}.metric_key = {{ figure }}.metric_key
    and {{ correction }}.applicant_key = {{ figure }}.applicant_key
{%- endmacro %}

{# Whether the correction joined to a figure applies: the figure still reads as the person saw it, and not as it should. #}
{% macro is_corrected(correction, figure) -%}
    coalesce(
        {{ correction }}.correction_id is not null
        and {{ correction }}.read_value is not distinct from {{ stored_number(figure) }}
        and (
            {{ correction }}.new_status <> {{ figure }}.value_status
            or {{ correction }}.new_value is distinct from {{ stored_number(figure) }}
            or {{ correction }}.new_status = 'reported' and {{ correction }}.new_unit is distinct from {{ figure }}.unit
        ),
        false
    )
{%- endmacro %}
