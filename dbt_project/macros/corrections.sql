{# Whether a correction applies to a figure as stored: it is of this figure, which still reads as the person saw it, and not as it
   should. #}
{% macro corrects(correction, figure) -%}
    {{ correction }}.report_no = {{ figure }}.report_no
    and {{ correction }}.metric_key = {{ figure }}.metric_key
    and {{ correction }}.applicant_key = {{ figure }}.applicant_key
    and {{ correction }}.read_value is not distinct from {{ stored_number(figure) }}
    and (
        {{ correction }}.new_status <> {{ figure }}.value_status
        or {{ correction }}.new_value is distinct from {{ stored_number(figure) }}
        or {{ correction }}.new_status = 'reported' and {{ correction }}.new_unit is distinct from {{ figure }}.unit
    )
{%- endmacro %}
