{{ config(materialized='incremental', incremental_strategy='append', meta={'slice': 'year'}) }}
-- Grain: one row a place, level of agencies and year with a report: sums and rates of the current reports (see `mart_region_year`).
{% set sums = [
    'requests_received', 'requests_carried_in', 'requests_granted', 'requests_partially_granted', 'requests_denied',
    'requests_unavailable', 'requests_not_processed', 'requests_other', 'requests_total', 'requests_carried_forward',
    'review_upheld', 'review_corrected', 'review_other', 'review_pending', 'review_total',
    'litigation_upheld', 'litigation_corrected', 'litigation_other', 'litigation_pending', 'litigation_total',
    'licensing_decisions', 'penalty_decisions', 'coercion_decisions', 'fees_amount', 'normative_documents_issued',
] %}
{% set rates = [
    'disclosure_rate', 'grant_rate', 'partial_grant_rate', 'denial_rate', 'unavailable_rate', 'not_processed_rate', 'other_rate',
    'review_correction_rate', 'litigation_loss_rate',
] %}
with reported as (
    select
        unnest({{ places_of('figures', "figures.resolution = 'resolved'") }}) as place_code,
        figures.*
    from {{ ref('mart_agency_year') }} as figures
    where {{ touched_year('figures.year') }}
)

select
    place_code,
    level,
    year,
    count(*) as agencies_reported,
    {% for name in sums -%}
    sum({{ name }}) as {{ name }},
    {% endfor -%}
    count(requests_received) as requests_agencies,
    count(requests_total) as outcomes_agencies,
    count(review_total) as review_agencies,
    count(litigation_total) as litigation_agencies,
    count(fees_amount) as fees_agencies,
    {% for name in rates -%}
    {{ metric_over(name) }} as {{ name }},
    {% endfor -%}
    sum(figures_doubtful) as figures_doubtful,
    sum(figures_corrected) as figures_corrected,
    sum(figures_suppressed) as figures_suppressed,
    count(*) filter (where figures_doubtful > 0) as agencies_doubtful
from reported
group by place_code, level, year
