-- Grain: one row an agency, year and outcome of requests: all six outcomes of each report in which a request was handled.
-- requests is null where the count is not known (blank, doubtful, or a part of it is); share is of all outcomes of the report.
-- A view: the wide mart's columns one under the other.
{{ config(materialized='view', tags=['settled'], meta={'tested_slice': 'agency_year'}) }}
{% set outcomes = ['granted', 'partially_granted', 'denied', 'unavailable', 'not_processed', 'other'] %}
with handled as (
    select *
    from {{ published('mart_agency_year') }}
    where
        requests_total > 0
        {% for outcome in outcomes -%}
        or requests_{{ outcome }} > 0
        {% endfor %}
),

outcomes (outcome, outcome_order) as (
    values
    {% for outcome in outcomes -%}
    ('{{ outcome }}', {{ loop.index }}){{ "," if not loop.last }}
    {% endfor %}
),

spread as (
    select
        {{ agency_columns('handled') }},
        outcomes.outcome,
        outcomes.outcome_order,
        case outcomes.outcome
            {% for outcome in outcomes -%}
            when '{{ outcome }}' then handled.requests_{{ outcome }}
            {% endfor %}
        end as requests,
        handled.requests_total
    from handled
    cross join outcomes
)

select
    {{ agency_columns('spread') }},
    outcome,
    {{ outcome_zh('outcome') }} as outcome_zh,
    outcome_order,
    requests,
    requests_total,
    {{ rate('requests', 'requests_total') }} as share
from spread
