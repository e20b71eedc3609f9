-- Grain: one row a current report and metric that jumps from last year's, or can't be compared for doubt; and one row a
-- report without a report of last year to compare with. Both years' numbers must be above zero and mean the same; what is
-- far apart by more than the factor of the seed `rule_threshold` is broken. Not assessable, too: a year in which the place's
-- boundary changed, names that several agencies share.
{% set metrics = {
    'requests_received': 'requests.received',
    'requests_total': 'requests.total',
    'review_total': 'review.total',
    'licensing_decisions': 'proactive.licensing.decisions',
    'penalty_decisions': 'proactive.penalty.decisions',
    'coercion_decisions': 'proactive.coercion.decisions',
    'fees_amount': 'proactive.fees.amount',
    'normative_documents_in_force': 'proactive.normative_documents.in_force',
} %}
with thresholds as (
    select
        {% for name, key in metrics.items() -%}
        max(value) filter (where metric_key = '{{ key }}' and parameter = 'factor') as {{ name }}_factor,
        max(value) filter (where metric_key = '{{ key }}' and parameter = 'floor') as {{ name }}_floor{{ "," if not loop.last }}
        {% endfor %}
    from {{ ref('rule_threshold') }}
    where rule = 'year_jump'
),

reports as (
    select
        report.report_id,
        report.agency_key,
        report.year,
        report.resolution is not distinct from 'ambiguous' as is_ambiguous,
        {% for name in metrics -%}
        {% if name == 'fees_amount' -%}
        -- an amount in the wrong unit is a finding of its own, and no jump in the years beside it
        case when suspected.report_id is null then wide.fees_amount end as fees_amount,
        {%- else -%}
        wide.{{ name }},
        {%- endif %}
        wide.{{ name }}_status{{ "," if not loop.last }}
        {% endfor %}
    from {{ ref('int_report') }} as report
    left join {{ ref('int_report_wide') }} as wide using (report_id)
    left join (select distinct report_id from {{ ref('rule_unit_implausible') }} where outcome = 'broken') as suspected using (report_id)
    where report.is_current
),

paired as (
    select
        this_year.report_id,
        this_year.agency_key,
        this_year.year,
        this_year.is_ambiguous,
        last_year.report_id is not null as has_last_year,
        boundary.code is not null as is_rebounded,
        {% for name in metrics -%}
        this_year.{{ name }},
        last_year.{{ name }} as {{ name }}_before,
        -- doubt in one year, a number in the other
        coalesce(
            this_year.{{ name }}_status = 'doubtful' and last_year.{{ name }} >= thresholds.{{ name }}_floor
            or last_year.{{ name }}_status = 'doubtful' and this_year.{{ name }} >= thresholds.{{ name }}_floor, false
        ) as {{ name }}_unsure,
        coalesce(
            least(this_year.{{ name }}, last_year.{{ name }}) > 0
            and greatest(this_year.{{ name }}, last_year.{{ name }}) >= thresholds.{{ name }}_floor
            and greatest(this_year.{{ name }}, last_year.{{ name }})
                >= thresholds.{{ name }}_factor * least(this_year.{{ name }}, last_year.{{ name }}), false
        ) as {{ name }}_jumps{{ "," if not loop.last }}
        {% endfor %}
    from reports as this_year
    cross join thresholds
    left join reports as last_year
        on last_year.agency_key = {{ comparable_key("this_year") }} and last_year.year = this_year.year - 1
    left join {{ ref('int_boundary_change') }} as boundary
        on boundary.code = split_part(this_year.agency_key, ':', 1) and boundary.year = this_year.year
    where this_year.year - 1 in (select year from {{ ref('dim_year') }} where form_generation is not null)
        and {{ touched_report('this_year.report_id') }}
),

telling as (
    select * from paired
    where has_last_year and (
        {% for name in metrics -%}
        {{ name }}_jumps or {{ name }}_unsure{{ " or" if not loop.last }}
        {% endfor %}
    )
),

found as (
    {% for name, key in metrics.items() -%}
    select
        report_id, agency_key, year, '{{ key }}' as metric_key,
        case when {{ name }}_jumps and not is_rebounded then 'broken' else 'not_assessable' end as outcome,
        case when {{ name }}_jumps then {{ name }}_before end as expected,
        {{ name }} as found,
        case when is_rebounded and {{ name }}_jumps then 'rebounded' when {{ name }}_jumps then 'jump' else 'doubt' end as why
    from telling
    where {{ name }}_jumps or {{ name }}_unsure
    union all
    {% endfor -%}
    select
        report_id, agency_key, year, cast(null as varchar), 'not_assessable', null, null,
        case when is_ambiguous then 'ambiguous' else 'no_last_year' end
    from paired
    where not has_last_year
)

select
    found.report_id,
    'year_jump' as rule,
    found.outcome,
    found.metric_key,
    case when found.metric_key is not null then case when metric.by_applicant then 'total' else 'all' end end as applicant_key,
    found.expected,
    found.found,
    concat(
        agency.full_name, found.year, '年报告',
        case when metric.metric_key is not null then concat('，', metric.section_zh, '，“', metric.name_zh, '”') end,
        '：',
        case found.why
            when 'jump' then concat(
                '填报 ', {{ number_text('found.found') }}, '，', found.year - 1, '年为 ', {{ number_text('found.expected') }}, '，相差 ',
                cast(floor(greatest(found.found, found.expected) / least(found.found, found.expected)) as integer), ' 倍以上，请核对。'
            )
            when 'rebounded' then concat(
                '填报 ', {{ number_text('found.found') }}, '，', found.year - 1, '年为 ', {{ number_text('found.expected') }},
                '，但当年区划有合并或析置，不能比较。'
            )
            when 'doubt' then concat('两年中有一年的数存疑，无法与', found.year - 1, '年比较。')
            when 'ambiguous' then '同名机关不止一个，无法与上年比较。'
            else concat(found.year - 1, '年报告未入库，无法比较。')
        end
    ) as message
from found
inner join {{ ref('dim_agency') }} as agency using (agency_key)
left join {{ ref('dim_metric') }} as metric using (metric_key)
