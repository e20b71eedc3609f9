-- Grain: one row a metric, generation of the form, level, province ('' if it is not known) and year: how the numbers of current reports
-- lie. What gate two compares a load with, so that it need not read the years again.
-- Means and deviations follow from sums, which can be added up over rows; logarithms are rounded, so that any order adds up alike.
{{ config(alias='metric_profile', meta={'slice': 'year'}) }}
{% set metrics = {'fees_amount': 'proactive.fees.amount', 'procurement_amount': 'proactive.procurement.amount'} %}
{% do metrics.update(wide_figures()) %}
with summed as (
    select
        coalesce(generation, '') as generation,
        level,
        coalesce(province_code, '') as province_code,
        year,
        count(*) as reports,
        {% for name in metrics -%}
        count({{ name }}) as {{ name }}_known,
        count(*) filter (where {{ name }} = 0) as {{ name }}_zeros,
        sum({{ logarithm(name) }}) as {{ name }}_logs,
        sum({{ logarithm(name) }} * {{ logarithm(name) }}) as {{ name }}_squares{{ "," if not loop.last }}
        {% endfor %}
    from {{ ref('mart_agency_year') }}
    where {{ touched_year('year') }}
    group by coalesce(generation, ''), level, coalesce(province_code, ''), year
)

{% for name, key in metrics.items() -%}
select
    '{{ key }}' as metric,
    generation,
    level,
    province_code,
    year,
    cast(reports as integer) as reports,
    cast({{ name }}_known as integer) as known,
    cast({{ name }}_zeros as integer) as zeros,
    cast({{ name }}_logs as double) as logs,
    cast({{ name }}_squares as double) as squares
from summed
where {{ name }}_known > 0
{{ "union all" if not loop.last }}
{% endfor %}
