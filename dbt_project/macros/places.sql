{# The path of an element as a struct: what stands before the number of its table row, that number, what stands between it and
   the number of its cell at the end, that number: /body/tbl[1]/tr[ 10 ]/tc[ 4 ]. Any other path is all `before_row`. #}
{% macro path_split(path) -%}
    case
        when {{ path }} is null then null
        when ends_with({{ path }}, ']')
            and regexp_full_match(split_part({{ path }}, '[', -1), '[1-9][0-9]{0,6}\]')
            and regexp_full_match(split_part({{ path }}, '[', -2), '[1-9][0-9]{0,6}\].*')
            then struct_pack(
                before_row := left({{ path }}, length({{ path }}) - length(split_part({{ path }}, '[', -1)) - length(split_part({{ path }}, '[', -2)) - 1),
                "row" := cast(split_part(split_part({{ path }}, '[', -2), ']', 1) as integer),
                between_row_and_cell := substr(split_part({{ path }}, '[', -2), strpos(split_part({{ path }}, '[', -2), ']')) || '[',
                cell := cast(rtrim(split_part({{ path }}, '[', -1), ']') as integer)
            )
        else struct_pack(before_row := {{ path }}, "row" := null::integer, between_row_and_cell := null::varchar, cell := null::integer)
    end
{%- endmacro %}

{# The number by which facts know a path without its row and cell. #}
{% macro path_number(parts) -%}
    cast(md5_number_lower(concat_ws(chr(10), {{ parts }}.before_row, {{ parts }}.between_row_and_cell)) // 2 as bigint)
{%- endmacro %}

{# The numbers of an edge and a width, or of a cell, as one: a table's columns are few, its cells many. #}
{% macro column_place(at_x, width) -%}
    (cast({{ at_x }} as bigint) + 1) * 10000000 + {{ width }} + 1
{%- endmacro %}

{# The left edge, or number of the cell, of a stored figure. #}
{% macro stored_x(fact, grid) -%}
    cast({{ grid }}.columns[{{ fact }}.column_no] // 10000000 - 1 as integer)
{%- endmacro %}

{# The width of a stored figure's box. #}
{% macro stored_width(fact, grid) -%}
    cast({{ grid }}.columns[{{ fact }}.column_no] % 10000000 - 1 as integer)
{%- endmacro %}

{# Columns that a stored figure's place gives readers: page, box in points, path and line. path, grid: the rows of `store_path` and
   `store_grid` that it names. #}
{% macro place_columns(fact, path, grid) -%}
    {%- set at_x = stored_x(fact, grid) -%}
    {%- set width = stored_width(fact, grid) -%}
    cast(nullif({{ fact }}.page, 0) as integer) as page,
    case when {{ fact }}.page > 0 and {{ width }} >= 0 then {{ at_x }} / 10 end as x0,
    case when {{ fact }}.page > 0 and {{ fact }}.height >= 0 then {{ fact }}.at_y / 10 end as top,
    case when {{ fact }}.page > 0 and {{ width }} >= 0 then ({{ at_x }} + {{ width }}) / 10 end as x1,
    case when {{ fact }}.page > 0 and {{ fact }}.height >= 0 then ({{ fact }}.at_y + {{ fact }}.height) / 10 end as bottom,
    case
        when {{ path }}.path_no is null then null
        when {{ path }}.between_row_and_cell is null then {{ path }}.before_row
        else concat({{ path }}.before_row, {{ fact }}.at_y, {{ path }}.between_row_and_cell, {{ at_x }}, ']')
    end as path,
    case when {{ fact }}.page = 0 and {{ fact }}.path_no = 0 and {{ fact }}.at_y >= 0 then {{ fact }}.at_y end as line
{%- endmacro %}

{# A stored figure's number. #}
{% macro stored_number(figure) -%}
    cast(coalesce({{ figure }}.amount, {{ figure }}.whole) as decimal(24, 6))
{%- endmacro %}

{# What a stored figure's cell prints. #}
{% macro stored_text(figure) -%}
    case
        when {{ figure }}.raw_text = chr(31) then null
        when {{ figure }}.raw_text is not null then {{ figure }}.raw_text
        when {{ figure }}.whole is not null then cast({{ figure }}.whole as varchar)
        when {{ figure }}.amount is not null then {{ number_text(figure ~ '.amount') }}
        else ''
    end
{%- endmacro %}

{# Whether a person's correction counts for a stored figure: only as long as it reads as the person saw it, and not as it should. #}
{% macro correction_applies(correction, figure) -%}
    coalesce(
        {{ correction }}.correction_id is not null
        and {{ correction }}.read_value is not distinct from {{ stored_number(figure) }}
        and coalesce({{ correction }}.read_status, {{ figure }}.value_status) = {{ figure }}.value_status
        and (
            {{ correction }}.new_status <> {{ figure }}.value_status
            or {{ correction }}.new_value is distinct from {{ stored_number(figure) }}
            or {{ correction }}.new_status = 'reported' and {{ correction }}.new_unit is distinct from {{ figure }}.unit
        ),
        false
    )
{%- endmacro %}

{# What a figure counts as, corrections applied; its row has number, value_status, unit, is_corrected and the correction's new_* #}
{% macro corrected_columns(figure) -%}
    case
        when {{ figure }}.is_corrected then {{ figure }}.new_value
        when {{ figure }}.value_status = 'reported' then {{ figure }}.number
    end as value,
    case when {{ figure }}.is_corrected then {{ figure }}.new_status else {{ figure }}.value_status end as value_status,
    case when {{ figure }}.value_status = 'doubtful' and not {{ figure }}.is_corrected then {{ figure }}.number end as doubtful_reading,
    case when {{ figure }}.is_corrected and {{ figure }}.new_status = 'reported' then {{ figure }}.new_unit else {{ figure }}.unit end as unit
{%- endmacro %}

{# What a stored figure's reading rests on, as a list. #}
{% macro stored_evidence(figure) -%}
    case when {{ figure }}.evidence = '' then [] else string_split({{ figure }}.evidence, chr(10)) end
{%- endmacro %}

{# The stored figures as `figures`, each with the correction that counts for it, if any: the one join of the two.
   figure, correction: the relations `store_figure` and `store_correction`. #}
{% macro figures_with_corrections(figure, correction) -%}
    select
        figure.*,
        {{ stored_number('figure') }} as number,
        correction.new_status,
        correction.new_value,
        correction.new_unit,
        {{ correction_applies('correction', 'figure') }} as is_corrected
    from {{ figure }} as figure
    left join {{ correction }} as correction
        on correction.report_no = figure.report_no
        and correction.metric_key = figure.metric_key
        and correction.applicant_key = figure.applicant_key
{%- endmacro %}
