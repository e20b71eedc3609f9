{# Rates as models/semantic defines them (the macro `metric_definitions` is written from there). #}

{# A rate's parts: `kind`, `numerator` and `denominator` (SQL over the columns of its mart), `is_filtered` (whether rows in which the
   rate is null are left out of sums). #}
{% macro metric_definition(name) -%}
    {%- set definitions = metric_definitions() -%}
    {%- if name not in definitions -%}
        {{ exceptions.raise_compiler_error("models/semantic defines no rate " ~ name) }}
    {%- endif -%}
    {{ return(definitions[name]) }}
{%- endmacro %}

{# The rate of one row, over columns named as in the rate's mart. #}
{% macro metric_rate(name) -%}
    {%- set rate = metric_definition(name) -%}
    {%- set limit = "between 0 and (" ~ rate.denominator ~ ")" if rate.kind == 'share' else ">= 0" -%}
    case
        when ({{ rate.denominator }}) > 0 and ({{ rate.numerator }}) {{ limit }}
            then cast({{ rate.numerator }} as double) / cast({{ rate.denominator }} as double)
    end
{%- endmacro %}

{# The rate of many rows: the sum of the parts over the sum of the wholes, of the rows whose own rate is known (the column of the
   rate's name). #}
{% macro metric_over(name) -%}
    {%- set rate = metric_definition(name) -%}
    {%- set known = name ~ " is not null" if rate.is_filtered else "true" -%}
    cast(sum(case when {{ known }} then {{ rate.numerator }} end) as double)
        / nullif(cast(sum(case when {{ known }} then {{ rate.denominator }} end) as double), 0)
{%- endmacro %}

{# How many rows `metric_over` rests on. #}
{% macro metric_rows(name) -%}
    cast(count({{ name if metric_definition(name).is_filtered else '*' }}) as integer)
{%- endmacro %}
