-- Grain: one row an agency and year: the main figures and rates of its current report.
-- A figure that is blank, doubtful, missing or no number is null, never 0; a sum is null unless all its parts are known;
-- a rate is null where its denominator is 0 or unknown.
{% set figures = {
    'rules_issued': 'proactive.rules.issued',
    'rules_repealed': 'proactive.rules.repealed',
    'rules_in_force': 'proactive.rules.in_force',
    'rules_made': 'proactive.rules.made',
    'rules_total_disclosed': 'proactive.rules.total_disclosed',
    'normative_documents_issued': 'proactive.normative_documents.issued',
    'normative_documents_repealed': 'proactive.normative_documents.repealed',
    'normative_documents_in_force': 'proactive.normative_documents.in_force',
    'normative_documents_made': 'proactive.normative_documents.made',
    'normative_documents_total_disclosed': 'proactive.normative_documents.total_disclosed',
    'licensing_decisions': 'proactive.licensing.decisions',
    'penalty_decisions': 'proactive.penalty.decisions',
    'coercion_decisions': 'proactive.coercion.decisions',
    'procurement_items': 'proactive.procurement.items',
    'requests_received': 'requests.received',
    'requests_carried_in': 'requests.carried_in',
    'requests_granted': 'requests.granted',
    'requests_partially_granted': 'requests.partially_granted',
    'requests_total': 'requests.total',
    'requests_carried_forward': 'requests.carried_forward',
    'review_upheld': 'review.upheld',
    'review_corrected': 'review.corrected',
    'review_other': 'review.other',
    'review_pending': 'review.pending',
    'review_total': 'review.total',
    'litigation_direct_total': 'litigation.direct.total',
    'litigation_after_review_total': 'litigation.after_review.total',
} %}
{% set amounts = {'fees_amount': ('proactive.fees.amount', '万元'), 'procurement_amount': ('proactive.procurement.amount', '元')} %}
{% set groups = ['denied', 'unavailable', 'not_processed', 'other'] %}
{% set rates = [
    'disclosure_rate', 'grant_rate', 'partial_grant_rate', 'denial_rate', 'unavailable_rate', 'not_processed_rate', 'other_rate',
    'carried_forward_rate', 'natural_person_share', 'review_correction_rate', 'litigation_loss_rate', 'review_ratio', 'litigation_ratio',
] %}
{% set results = ['upheld', 'corrected', 'other', 'pending'] %}
with figures as (
    select figure.report_id, figure.metric_key, figure.applicant_key, figure.value, figure.value_status, figure.unit, metric.metric_group
    from {{ ref('fct_figure') }} as figure
    inner join {{ ref('dim_metric') }} as metric using (metric_key)
    where figure.is_current
),

-- the column that stands for all applicants
totals as (
    select * from figures where applicant_key in ('all', 'total')
),

pivoted as (
    select
        report_id,
        {% for name, key in figures.items() -%}
        max(value) filter (where metric_key = '{{ key }}') as {{ name }},
        {% endfor -%}
        {% for name, (key, unit) in amounts.items() -%}
        max(value) filter (where metric_key = '{{ key }}' and unit = '{{ unit }}') as {{ name }},
        {% endfor -%}
        {% for group in groups -%}
        {{ known_sum("metric_group = 'requests." ~ group ~ "'") }} as requests_{{ group }},
        {% endfor -%}
        {% for result in results -%}
        {{ known_sum("metric_key in ('litigation.direct." ~ result ~ "', 'litigation.after_review." ~ result ~ "')") }} as litigation_{{ result }}{{ "," if not loop.last }}
        {% endfor %}
    from totals
    group by report_id
),

by_person as (
    select report_id, value as requests_received_natural_person
    from figures
    where metric_key = 'requests.received' and applicant_key = 'natural_person'
),

counted as (
    select
        report_id,
        count(*) filter (where value_status = 'doubtful') as figures_doubtful,
        count(*) filter (where value_status = 'missing') as figures_missing,
        count(*) filter (where value_status = 'blank') as figures_blank
    from figures
    group by report_id
),

summed as (
    select
        pivoted.*,
        by_person.requests_received_natural_person,
        counted.figures_doubtful,
        counted.figures_missing,
        counted.figures_blank,
        requests_received + requests_carried_in as requests_handled,
        review_upheld + review_corrected + review_other as review_decided,
        litigation_direct_total + litigation_after_review_total as litigation_total,
        litigation_upheld + litigation_corrected + litigation_other as litigation_decided
    from pivoted
    inner join counted using (report_id)
    left join by_person using (report_id)
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
    agency.province_name,
    agency.city_name,
    agency.county_name,
    agency.resolution,
    report.report_id,
    report.revision,
    report.generation,
    report.quality_state,
    {% for name in figures if not name.startswith('requests') and not name.startswith('review') and not name.startswith('litigation') -%}
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
    rated.review_upheld,
    rated.review_corrected,
    rated.review_other,
    rated.review_pending,
    rated.review_total,
    rated.litigation_direct_total,
    rated.litigation_after_review_total,
    rated.litigation_upheld,
    rated.litigation_corrected,
    rated.litigation_other,
    rated.litigation_pending,
    cast(rated.litigation_total as decimal(24, 6)) as litigation_total,
    {% for name in rates -%}
    rated.{{ name }},
    {% endfor -%}
    cast(rated.figures_doubtful as integer) as figures_doubtful,
    cast(rated.figures_missing as integer) as figures_missing,
    cast(rated.figures_blank as integer) as figures_blank,
    report.findings_broken,
    report.findings_not_assessable,
    report.load_id
from {{ ref('dim_report') }} as report
inner join {{ ref('dim_agency') }} as agency using (agency_key)
inner join rated using (report_id)
where report.is_current
