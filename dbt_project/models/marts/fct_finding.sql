-- Grain: one row a rule that a report breaks, or that can't be tested on it (which is not a pass).
-- Rules inside one report come with its reading; rules across reports from the models in rules/.
{{ config(materialized='incremental', incremental_strategy='append', meta={'slice': 'report'}) }}
with findings as (
    select report_id, rule, outcome, metric as metric_key, applicant as applicant_key, expected, found, message
    from {{ ref('int_finding_read') }}
    where {{ touched_report('report_id') }}
    union all
    select report_id, rule, outcome, metric_key, applicant_key, expected, found, message
    from {{ ref('rule_carry_over') }}
    union all
    select report_id, rule, outcome, metric_key, applicant_key, expected, found, message
    from {{ ref('rule_in_force_roll') }}
    union all
    select report_id, rule, outcome, metric_key, applicant_key, expected, found, message
    from {{ ref('rule_year_jump') }}
    union all
    select report_id, rule, outcome, metric_key, applicant_key, expected, found, message
    from {{ ref('rule_unit_implausible') }}
    union all by name
    select report_id, rule, outcome, message
    from {{ ref('rule_copied') }}
    union all by name
    select report_id, rule, 'broken' as outcome, message
    from {{ ref('rule_revision') }}
    union all by name
    select report_id, rule, 'broken' as outcome, message
    from {{ ref('rule_relabelled') }}
),

numbered as (
    select
        *,
        -- a rule may meet the same cell several times, as with two sentences that state the same count
        row_number() over (
            partition by report_id, rule, metric_key, applicant_key
            order by outcome, expected nulls first, found nulls first, message nulls first
        ) as occurrence
    from findings
)

select
    md5(concat_ws('|', finding.report_id, finding.rule, coalesce(finding.metric_key, ''), coalesce(finding.applicant_key, ''), finding.occurrence)) as finding_id,
    finding.report_id,
    report.agency_key,
    report.year,
    finding.rule,
    finding.outcome,
    finding.metric_key,
    finding.applicant_key,
    cast(finding.expected as decimal(24, 6)) as expected,
    cast(finding.found as decimal(24, 6)) as found,
    finding.message,
    report.is_current,
    report.load_id
from numbered as finding
inner join {{ ref('int_report') }} as report using (report_id)
where {{ touched_report('finding.report_id') }}
