-- Grain: one row a report year, from the first year of the statutory form to the last year reported.
with years as (
    select year from {{ ref('int_report_order') }}
    union
    select unnest(range(
        (select min(first_year) from {{ ref('generation') }}),
        1 + least(2100, (select max(year) from {{ ref('int_report_order') }}))
    ))
)

select
    cast(years.year as integer) as year,
    years.year || '年' as year_zh,
    make_date(years.year, 1, 1) as first_day,
    generation.generation as form_generation,
    make_date(years.year + 1, departments.month, departments.day) as due_departments,
    make_date(years.year + 1, governments.month, governments.day) as due_governments
from years
left join {{ ref('generation') }} as generation
    on years.year between generation.first_year and coalesce(generation.last_year, 9999)
left join {{ ref('filing_deadline') }} as departments
    on departments.level = 'department'
    and years.year between departments.first_year and coalesce(departments.last_year, 9999)
left join {{ ref('filing_deadline') }} as governments
    on governments.level = 'county'
    and years.year between governments.first_year and coalesce(governments.last_year, 9999)
