-- Grain: one row an agency and year: the main figures and rates of its current report.
-- A figure that is blank, doubtful, missing or no number is null, never 0; a sum is null unless all its parts are known;
-- a rate is null where its denominator is 0 or unknown. An amount that is not to be added up (its unit unknown, or
-- implausible) is null, too: suppressed_metrics names it, and the report's own number stands in fct_figure.
{{ config(materialized='incremental', incremental_strategy='append', meta={'slice': 'agency_year'}) }}
{% set rates = [
    'disclosure_rate', 'grant_rate', 'partial_grant_rate', 'denial_rate', 'unavailable_rate', 'not_processed_rate', 'other_rate',
    'carried_forward_rate', 'natural_person_share', 'review_correction_rate', 'litigation_loss_rate', 'review_ratio', 'litigation_ratio',
] %}
{% set figures = wide_figures() %}
with suspected as (
    select distinct report_id from {{ ref('rule_unit_implausible') }} where outcome = 'broken'
),

summed as (
    select
        wide.* replace (case when suspected.report_id is null then wide.fees_amount end as fees_amount),
        list_concat(
            coalesce(wide.metrics_without_unit, []),
            case when suspected.report_id is not null then ['proactive.fees.amount'] else [] end
        ) as suppressed,
        wide.requests_received + wide.requests_carried_in as requests_handled,
        wide.review_upheld + wide.review_corrected + wide.review_other as review_decided,
        wide.litigation_direct_total + wide.litigation_after_review_total as litigation_total,
        wide.litigation_upheld + wide.litigation_corrected + wide.litigation_other as litigation_decided
    from {{ ref('int_report_wide') }} as wide
    left join suspected using (report_id)
),

-- the rates as models/semantic/agency_year.yml defines them
rated as (
    select
        summed.*,
        {% for name in rates -%}
        {{ metric_rate(name) }} as {{ name }}{{ "," if not loop.last }}
        {% endfor %}
    from summed
)

select
    report.agency_key,
    report.year,
    agency.agency_name,
    agency.full_name,
    agency.level,
    agency.level_zh,
    agency.place_level,
    agency.province_code,
    agency.province_name,
    agency.city_code,
    agency.city_name,
    agency.county_code,
    agency.county_name,
    agency.parent_key,
    agency.trend_key,
    report.agency_version_key,
    agency.resolution,
    report.report_id,
    report.revision,
    report.generation,
    report.quality_state,
    {% for name in figures if name.split('_')[0] not in ('requests', 'review', 'litigation') -%}
    rated.{{ name }},
    {% endfor -%}
    rated.fees_amount,
    rated.procurement_amount,
    rated.requests_received,
    rated.requests_received_natural_person,
    rated.requests_carried_in,
    cast(rated.requests_handled as decimal(24, 6)) as requests_handled,
    rated.requests_granted,
    rated.requests_partially_granted,
    rated.requests_denied,
    rated.requests_unavailable,
    rated.requests_not_processed,
    rated.requests_other,
    rated.requests_total,
    rated.requests_carried_forward,
    {% for name in reason_figures() -%}
    rated.{{ name }},
    {% endfor -%}
    rated.review_upheld,
    rated.review_corrected,
    rated.review_other,
    rated.review_pending,
    rated.review_total,
    cast(rated.review_decided as decimal(24, 6)) as review_decided,
    {% for name in figures if name.startswith('litigation_') -%}
    rated.{{ name }},
    {% endfor -%}
    rated.litigation_upheld,
    rated.litigation_corrected,
    rated.litigation_other,
    rated.litigation_pending,
    cast(rated.litigation_total as decimal(24, 6)) as litigation_total,
    cast(rated.litigation_decided as decimal(24, 6)) as litigation_decided,
    {% for name in rates -%}
    rated.{{ name }},
    {% endfor -%}
    cast(rated.figures_doubtful as integer) as figures_doubtful,
    cast(rated.figures_missing as integer) as figures_missing,
    cast(rated.figures_blank as integer) as figures_blank,
    cast(rated.figures_corrected as integer) as figures_corrected,
    cast(len(rated.suppressed) as integer) as figures_suppressed,
    rated.doubtful_metrics,
    rated.corrected_metrics,
    case when len(rated.suppressed) > 0 then rated.suppressed end as suppressed_metrics,
    report.findings_broken,
    report.findings_not_assessable,
    report.load_id
from {{ ref('dim_report') }} as report
inner join {{ ref('dim_agency') }} as agency using (agency_key)
inner join rated using (report_id)
where report.is_current
    and {{ touched('report.agency_key', 'report.year') }}
