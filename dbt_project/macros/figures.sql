{# Of grouped rows that meet a condition a map from a key, which is theirs alone, to the named columns. #}
{% macro map_of(key, columns, condition) -%}
    map_from_entries(
        list(struct_pack(key := {{ key }}, value := struct_pack({% for name in columns %}{{ name }} := {{ name }}{{ ", " if not loop.last }}{% endfor %})))
            filter (where {{ condition }})
    )
{%- endmacro %}

{# The sum of the values of those of some cells that a report has, known only where it has one and all it has have a value.
   cells: a map from slot to cell. #}
{% macro known_sum_of_cells(cells, slots) -%}
    case
        when (
            {%- for slot in slots %}{{ cells }}[{{ slot }}] is not null{{ " or " if not loop.last }}{% endfor -%}
        )
        {%- for slot in slots %} and ({{ cells }}[{{ slot }}] is null or {{ cells }}[{{ slot }}].value is not null){% endfor %}
            then cast({% for slot in slots %}coalesce({{ cells }}[{{ slot }}].value, 0){{ " + " if not loop.last }}{% endfor %} as decimal(24, 6))
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

{# A report's agency as it is looked for in another year: null where several agencies share its name. In the join's key and not
   beside it: a left join with a further condition on its left side is worked out pair by pair. #}
{% macro comparable_key(report) -%}
    case when not {{ report }}.is_ambiguous then {{ report }}.agency_key end
{%- endmacro %}

{# How large a number is, so that small and large agencies can stand in one mean; null where there is none. Rounded: sums of it are
   the same in any order. #}
{% macro logarithm(number) -%}
    case when {{ number }} is not null then cast(ln(1 + greatest({{ number }}, 0)) as decimal(9, 4)) end
{%- endmacro %}
