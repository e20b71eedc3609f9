{# The second engine: what dbt does differently when the target is Spark. The models are the same; their SQL is translated on its way
   (`publish/spark/dialect.py`, as `adapter.to_spark`). Everything is built whole. #}

{% macro spark__create_table_as(temporary, relation, compiled_code, language='sql') -%}
    create table {{ relation }} {{ file_format_clause() }} {{ location_clause() }} {{ comment_clause() }} as
    {{ contracted(adapter.to_spark(compiled_code)) }}
{%- endmacro %}

{% macro spark__create_view_as(relation, sql) -%}
    create or replace view {{ relation }} {{ comment_clause() }} as
    {{ contracted(adapter.to_spark(sql)) }}
{%- endmacro %}

{# A query whose columns have the names, order and types that the model's contract states. #}
{% macro contracted(sql) -%}
    {%- if not config.get('contract').enforced -%} {{ sql }}
    {%- else -%}
    select
        {% for column in model.columns.values() -%}
        cast(`{{ column.name }}` as {{ adapter.type_for_spark(column.data_type) }}) as `{{ column.name }}`{{ ',' if not loop.last }}
        {% endfor %}
    from (
        {{ sql }}
    ) as contracted
    {%- endif -%}
{%- endmacro %}

{# Keys and not-null are tested, not declared: a table of Parquet files has no constraints. #}
{% macro spark__persist_constraints(relation, model) %}{% endmacro %}

{# Nothing is there before a build: every strategy is to make the table. #}
{% macro dbt_spark_validate_get_incremental_strategy(raw_strategy, file_format) %}
    {% do return('append') %}
{% endmacro %}

{% macro spark__get_test_sql(main_sql, fail_calc, warn_if, error_if, limit) -%}
    {{ default__get_test_sql(adapter.to_spark(main_sql), fail_calc, warn_if, error_if, limit) }}
{%- endmacro %}

{# A seed's table and, in the second macro, its rows: Spark reads the file itself, in which an empty field is a null. #}
{% macro spark__create_csv_table(model, agate_table) -%}
    {%- set sql -%}
        create table {{ this }} ({{ seed_columns(model, agate_table) | join(', ') }}) {{ file_format_clause() }} {{ location_clause() }}
    {%- endset -%}
    {%- call statement('_') -%} {{ sql }} {%- endcall -%}
    {{ return(sql) }}
{%- endmacro %}

{% macro spark__load_csv_rows(model, agate_table) -%}
    {%- set file = 'seed_' ~ model.alias -%}
    {%- set path = model.root_path ~ '/' ~ model.original_file_path -%}
    {%- do adapter.add_query(
        "create or replace temporary view " ~ file ~ " (" ~ seed_columns(model, agate_table) | join(', ') ~ ") using csv options ("
        ~ "path '" ~ path | replace("\\", "\\\\") | replace("'", "\\'") ~ "', header 'true', enforceSchema 'false', mode 'FAILFAST', "
        ~ "escape '\"', multiLine 'true')", auto_begin=False
    ) -%}
    {%- set sql = 'insert into ' ~ this ~ ' select * from ' ~ file -%}
    {%- do adapter.add_query(sql, auto_begin=False) -%}
    {{ return(sql) }}
{%- endmacro %}

{% macro seed_columns(model, agate_table) -%}
    {%- set types = model.config.column_types -%}
    {%- set columns = [] -%}
    {%- for name in agate_table.column_names -%}
        {%- set type = adapter.type_for_spark(types[name]) if name in types else adapter.convert_type(agate_table, loop.index0) -%}
        {%- do columns.append('`' ~ name ~ '` ' ~ type) -%}
    {%- endfor -%}
    {%- do return(columns) -%}
{%- endmacro %}
