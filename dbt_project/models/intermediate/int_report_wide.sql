-- Grain: one row a current report: its main figures side by side, and the print of its figures by which copies are found.
-- The one pass over the figures of the country: marts and rules across reports read from here.
-- A figure that is blank, doubtful, missing or no number is null, never 0; a sum is null unless all its parts are known;
-- an amount without its unit is null. *_status: how a figure stands that rules compare.
{{ config(materialized='incremental', incremental_strategy='append', meta={'slice': 'changed_report'}) }}
{% set figures = wide_figures() %}
{% set amounts = {'fees_amount': ('proactive.fees.amount', '万元'), 'procurement_amount': ('proactive.procurement.amount', '元')} %}
{% set groups = ['denied', 'unavailable', 'not_processed', 'other'] %}
{% set results = ['upheld', 'corrected', 'other', 'pending'] %}
{% set compared = [
    'requests_received', 'requests_carried_in', 'requests_carried_forward', 'requests_total', 'review_total',
    'rules_issued', 'rules_repealed', 'rules_in_force',
    'normative_documents_issued', 'normative_documents_repealed', 'normative_documents_in_force',
    'licensing_decisions', 'penalty_decisions', 'coercion_decisions', 'fees_amount',
] %}
{% set slots = {} %}
{% for name in figures %}{% do slots.update({name: loop.index}) %}{% endfor %}
{% for name in amounts %}{% do slots.update({name: 1000 + loop.index}) %}{% endfor %}
-- numbers in place of names: what is tested for each figure of the country should be cheap
with slots (metric_key, slot) as (
    values
    {% for name, key in figures.items() -%}
    ('{{ key }}', {{ slots[name] }}),
    {% endfor -%}
    {% for name, (key, unit) in amounts.items() -%}
    ('{{ key }}', {{ slots[name] }}){{ "," if not loop.last }}
    {% endfor %}
),

metrics as (
    select
        metric.metric_key,
        slots.slot,
        metric.metric_group,
        -- what a report does not work out from other cells, and does not simply hold over from the year before
        metric.additivity = 'additive' and metric.metric_key <> 'requests.total' as is_own_flow
    from {{ ref('dim_metric') }} as metric
    left join slots using (metric_key)
),

figures as (
    select
        figure.report_id,
        figure.metric_key,
        figure.applicant_key,
        figure.value,
        figure.value_status,
        figure.unit,
        figure.is_corrected,
        case when figure.applicant_key in ('all', 'total') then metrics.slot end as slot,
        case when figure.applicant_key in ('all', 'total') then metrics.metric_group end as metric_group,
        metrics.is_own_flow and figure.applicant_key <> 'total' as is_own_flow
    from {{ ref('int_figure') }} as figure
    inner join metrics using (metric_key)
    where figure.is_current
        and {{ changed_report('figure.report_id') }}
)

select
    report_id,
    {% for name in figures -%}
    max(value) filter (where slot = {{ slots[name] }}) as {{ name }},
    {% endfor -%}
    {% for name, (key, unit) in amounts.items() -%}
    max(value) filter (where slot = {{ slots[name] }} and unit = '{{ unit }}') as {{ name }},
    {% endfor -%}
    {% for name in compared -%}
    max(value_status) filter (where slot = {{ slots[name] }}) as {{ name }}_status,
    {% endfor -%}
    {% for group in groups -%}
    {{ known_sum("metric_group = 'requests." ~ group ~ "'") }} as requests_{{ group }},
    {% endfor -%}
    {% for result in results -%}
    {{ known_sum("slot in (" ~ slots['litigation_direct_' ~ result] ~ ", " ~ slots['litigation_after_review_' ~ result] ~ ")") }} as litigation_{{ result }},
    {% endfor -%}
    max(value) filter (where metric_key = 'requests.received' and applicant_key = 'natural_person') as requests_received_natural_person,
    count(*) filter (where value_status = 'doubtful') as figures_doubtful,
    count(*) filter (where value_status = 'missing') as figures_missing,
    count(*) filter (where value_status = 'blank') as figures_blank,
    list(metric_key order by metric_key) filter (where metric_group is not null and value_status = 'doubtful') as doubtful_metrics,
    count(*) filter (where is_corrected) as figures_corrected,
    list(metric_key order by metric_key) filter (where metric_group is not null and is_corrected) as corrected_metrics,
    -- amounts without a unit
    list(metric_key order by metric_key) filter (where slot > 1000 and value <> 0 and unit is null) as metrics_without_unit,
    count(*) filter (where is_own_flow and value <> 0) as print_cells,
    coalesce(sum({{ digits_of('value') }}) filter (where is_own_flow and value <> 0), 0) as print_digits,
    bit_xor({{ figure_hash('metric_key', 'applicant_key', 'value') }}) filter (where is_own_flow and value <> 0) as print,
    count(*) filter (where is_own_flow and value_status = 'doubtful') as print_doubtful
from figures
group by report_id
