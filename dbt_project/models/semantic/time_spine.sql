-- Grain: one row a day of the years that reports can be of. MetricFlow asks for such a model; years are counted by dim_year.
select cast(date_day as date) as day
from ({{ dbt.date_spine('day', "cast('2008-01-01' as date)", "cast('2101-01-01' as date)") }}) as days
