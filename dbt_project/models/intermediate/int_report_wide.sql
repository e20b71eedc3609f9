-- Grain: one row a current report: its main figures side by side, and the print of its figures by which copies are found.
-- The one pass over the figures of the country: marts and rules across reports read from here.
-- A figure that is blank, doubtful, missing or no number is null, never 0; a sum is null unless all its parts are known;
-- an amount without its unit is null. *_status: how a figure stands that rules compare.
{{ config(materialized='incremental', incremental_strategy='append', meta={'slice': 'changed_report'}) }}
{% set figures = wide_figures() %}
{% set amounts = {'fees_amount': ('proactive.fees.amount', '万元'), 'procurement_amount': ('proactive.procurement.amount', '元')} %}
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
{% set group_slots = {'denied': [], 'unavailable': [], 'not_processed': [], 'other': [2001]} %}
{% for name, (key, group) in reason_figures().items() %}{% do group_slots[group].append(slots[name]) %}{% endfor %}
-- numbers in place of names: what is tested for each figure of the country should be cheap
with slots (metric_key, slot) as (
    values
    {% for name, key in figures.items() -%}
    ('{{ key }}', {{ slots[name] }}),
    {% endfor -%}
    {% for name, (key, unit) in amounts.items() -%}
    ('{{ key }}', {{ slots[name] }}),
    {% endfor -%}
    ('requests.other', 2001)
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
        figure.report_no,
        figure.metric_key,
        figure.applicant_key,
        figure.value,
        figure.value_status,
        figure.unit,
        figure.is_corrected,
        case when figure.applicant_key in ('all', 'total') then metrics.slot end as slot,
        case when figure.applicant_key in ('all', 'total') then metrics.metric_group end as metric_group,
        metrics.is_own_flow and figure.applicant_key <> 'total' as is_own_flow,
        metrics.is_own_flow and figure.applicant_key <> 'total' and figure.value <> 0 as is_in_print
    from {{ ref('int_figure') }} as figure
    inner join metrics using (metric_key)
    where figure.is_current
        and {{ changed_report('figure.report_id') }}
),

-- one map a report and not an aggregate a column: some hundred conditions on each figure of the country would cost more than all else
gathered as (
    select
        report_no,
        {{ map_of('slot', ['value', 'value_status', 'unit'], 'slot is not null') }} as cells,
        max(case when metric_key = 'requests.received' and applicant_key = 'natural_person' then value end) as requests_received_natural_person,
        count(case when value_status = 'doubtful' then 1 end) as figures_doubtful,
        count(case when value_status = 'missing' then 1 end) as figures_missing,
        count(case when value_status = 'blank' then 1 end) as figures_blank,
        list(metric_key order by metric_key) filter (where metric_group is not null and value_status = 'doubtful') as doubtful_metrics,
        count(case when is_corrected then 1 end) as figures_corrected,
        list(metric_key order by metric_key) filter (where metric_group is not null and is_corrected) as corrected_metrics,
        -- amounts without a unit
        list(metric_key order by metric_key) filter (where slot > 1000 and value <> 0 and unit is null) as metrics_without_unit,
        count(case when is_in_print then 1 end) as print_cells,
        coalesce(sum(case when is_in_print then {{ digits_of('value') }} end), 0) as print_digits,
        -- worked out for the figures that count only: it is dear
        bit_xor(case when is_in_print then {{ figure_hash('metric_key', 'applicant_key', 'value') }} end) as print,
        count(case when is_own_flow and value_status = 'doubtful' then 1 end) as print_doubtful
    from figures
    group by report_no
)

select
    report.report_id,
    {% for name in figures -%}
    cells[{{ slots[name] }}].value as {{ name }},
    {% endfor -%}
    {% for name, (key, unit) in amounts.items() -%}
    case when cells[{{ slots[name] }}].unit = '{{ unit }}' then cells[{{ slots[name] }}].value end as {{ name }},
    {% endfor -%}
    {% for name in compared -%}
    cells[{{ slots[name] }}].value_status as {{ name }}_status,
    {% endfor -%}
    {% for group, of_group in group_slots.items() -%}
    {{ known_sum_of_cells('cells', of_group) }} as requests_{{ group }},
    {% endfor -%}
    {% for result in results -%}
    {{ known_sum_of_cells('cells', [slots['litigation_direct_' ~ result], slots['litigation_after_review_' ~ result]]) }} as litigation_{{ result }},
    {% endfor -%}
    gathered.* exclude (report_no, cells)
from gathered
inner join {{ ref('int_context_report') }} as report using (report_no)
