-- A report has each cell of the dictionary at most once: as many different cells as rows, told by one bit a cell.
-- (Grouping by report, metric and applicant would need memory for every figure of the country.)
{% set words = 8 %}
with cells as (
    select metric_key, applicant_key, row_number() over (order by metric_key, applicant_key) - 1 as number
    from {{ ref('dim_metric') }}
    cross join {{ ref('dim_applicant') }}
    where by_applicant = (applicant_key <> 'all')
)

select figure.report_no, count(*) as figures
from {{ made_anew(ref('store_figure')) }} as figure
left join cells using (metric_key, applicant_key)
group by figure.report_no
having count(*) <>
    {% for word in range(words) -%}
    coalesce(cast(bit_count(bit_or(case when cells.number // 60 = {{ word }} then cast(1 as bigint) << (cells.number % 60) end)) as integer), 0){{ ' +' if not loop.last }}
    {% endfor %}
