{# The sum of the values of the rows that meet a condition, known only where there are such rows and all have a value. #}
{% macro known_sum(condition) -%}
    case
        when count(*) filter (where {{ condition }}) = count(value) filter (where {{ condition }})
            then cast(sum(value) filter (where {{ condition }}) as decimal(24, 6))
    end
{%- endmacro %}

{# A part of a whole. Null where the whole is 0, either is unknown, or the report's own figures make it no share at all
   (a part above its whole: the rule that says so is among the findings). #}
{% macro rate(part, whole) -%}
    case when {{ whole }} > 0 and {{ part }} between 0 and {{ whole }} then cast({{ part }} as double) / cast({{ whole }} as double) end
{%- endmacro %}

{# How many digits a number has before its decimal point. #}
{% macro digits_of(expression) -%}
    case when abs({{ expression }}) < 10 then 1 else 1 + cast(floor(log10(cast(abs({{ expression }}) as double))) as integer) end
{%- endmacro %}

{# A number of 64 bits that stands for one figure: equal for equal figures. #}
{% macro figure_hash(metric, applicant, value) -%}
    md5_number_lower(concat_ws('|', {{ metric }}, {{ applicant }}, cast({{ value }} as varchar)))
{%- endmacro %}

{# How large a number is, so that small and large agencies can stand in one mean; null where there is none. Rounded: sums of it are
   the same in any order. #}
{% macro logarithm(number) -%}
    case when {{ number }} is not null then cast(ln(1 + greatest({{ number }}, 0)) as decimal(9, 4)) end
{%- endmacro %}
