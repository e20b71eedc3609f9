-- Grain: one row a report year, from the first year of the statutory form to the last year reported.
with years as (
    select year from {{ ref('int_report') }}
    union
    select unnest(range(
        (select min(first_year) from {{ ref('generation') }}),
        1 + least(2100, (select max(year) from {{ ref('int_report') }}))
    ))
)

select
    cast(years.year as integer) as year,
    years.year || '年' as year_zh,
    generation.generation as form_generation,
    make_date(years.year + 1, 1, 31) as due_departments,
    make_date(years.year + 1, 3, 31) as due_governments
from years
left join {{ ref('generation') }} as generation
    on years.year between generation.first_year and coalesce(generation.last_year, 9999)
