-- Grain: one row a count that a published report's running text states, as read; `fct_claim` puts agency and year to it.
{{ config(alias='claim', meta={'slice': 'reading'}) }}
select
    report_no,
    claim_index,
    metrics,
    applicant as applicant_key,
    value,
    approximate,
    scope,
    quote,
    page,
    x0,
    top,
    x1,
    bottom,
    path,
    line
from {{ ref('stg_claim') }}
