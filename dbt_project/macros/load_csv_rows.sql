{# The adapter's bulk load of a seed, with the file's path escaped: a checkout may live in a folder with a quote in its name. #}
{% macro duckdb__load_csv_rows(model, agate_table) %}
    {% set sql %}
      copy {{ this.render() }} from '{{ adapter.get_seed_file_path(model) | replace("'", "''") }}' (format csv, header true)
    {% endset %}
    {% do adapter.add_query(sql, abridge_sql_log=True) %}
    {{ return(sql) }}
{% endmacro %}
