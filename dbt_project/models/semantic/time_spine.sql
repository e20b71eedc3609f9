-- Grain: one row a day of the years that reports can be of. MetricFlow asks for such a model; years are counted by dim_year.
select cast(day as date) as day
from (select unnest(generate_series(date '2008-01-01', date '2100-12-31', interval '1' day)) as day) as days
