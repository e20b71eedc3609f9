{# Fails with rows whose rate is neither null nor between 0 and 1. #}
{% test unit_interval(model, column_name) %}
select * from {{ model }} where {{ column_name }} is not null and not ({{ column_name }} between 0 and 1)
{% endtest %}
