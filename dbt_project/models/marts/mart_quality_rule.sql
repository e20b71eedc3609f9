-- Grain: one row a rule, year, level and province: how many current reports it was tested on, and what came out.
-- Every report is one of: passed, broken, not assessable (it falls under the rule, and can't be tested: no pass), not
-- applicable (outside the rule: another form, too early a year, no text, too few figures, never revised).
with reports as (
    select
        report.report_id,
        report.year,
        report.generation,
        agency.level,
        coalesce(agency.province_code, 'unknown') as province_code,
        report.revision > 1 as is_revision,
        report.report_id in (select report_id from {{ ref('fct_claim') }} where is_current) as has_claims,
        coalesce(wide.fees_amount > 0, false) as has_fees,
        coalesce(
            wide.print_cells >= {{ threshold('figures_repeated', 'cells') }} and wide.print_digits >= {{ threshold('figures_repeated', 'digits') }},
            false
        ) as may_repeat_figures,
        coalesce(
            wide.print_cells >= {{ threshold('figures_shared', 'cells') }} and wide.print_digits >= {{ threshold('figures_shared', 'digits') }}
            and agency.resolution = 'resolved', false
        ) as may_share_figures,
        coalesce(read.narrative_characters >= {{ threshold('narrative_repeated', 'characters') }}, false) as may_repeat_narrative,
        coalesce(read.narrative_characters >= {{ threshold('narrative_shared', 'characters') }} and agency.resolution = 'resolved', false) as may_share_narrative
    from {{ ref('dim_report') }} as report
    inner join {{ ref('dim_agency') }} as agency using (agency_key)
    inner join {{ ref('int_report') }} as read using (report_id)
    left join {{ ref('int_report_wide') }} as wide using (report_id)
    where report.is_current
),

kinds as (
    select * exclude (report_id), count(*) as reports
    from reports
    group by all
),

tested as (
    select
        rule.rule,
        kinds.*,
        kinds.year >= coalesce(rule.first_year, 0)
        and (rule.generations is null or list_contains(rule.generations, kinds.generation))
        and case
            when rule.kind = 'revision' then kinds.is_revision
            when rule.rule = 'narrative' then kinds.has_claims
            when rule.rule = 'unit_implausible' then kinds.has_fees
            when rule.rule = 'figures_repeated' then kinds.may_repeat_figures
            when rule.rule = 'figures_shared' then kinds.may_share_figures
            when rule.rule = 'narrative_repeated' then kinds.may_repeat_narrative
            when rule.rule = 'narrative_shared' then kinds.may_share_narrative
            else true
        end as is_under_rule
    from kinds
    cross join {{ ref('dim_rule') }} as rule
),

verdicts as (
    select
        finding.rule,
        finding.report_id,
        bool_or(finding.outcome = 'broken') as is_broken
    from {{ ref('fct_finding') }} as finding
    where finding.is_current
    group by finding.rule, finding.report_id
),

found as (
    select
        verdicts.rule,
        reports.* exclude (report_id),
        count(*) filter (where verdicts.is_broken) as broken,
        count(*) filter (where not verdicts.is_broken) as not_assessable
    from verdicts
    inner join reports using (report_id)
    group by all
),

counted as (
    select
        tested.rule,
        tested.year,
        tested.level,
        tested.province_code,
        sum(tested.reports) as reports,
        sum(coalesce(found.broken, 0)) as reports_broken,
        sum(coalesce(found.not_assessable, 0)) as reports_not_assessable,
        sum(case when tested.is_under_rule then tested.reports - coalesce(found.broken, 0) - coalesce(found.not_assessable, 0) else 0 end) as reports_passed
    from tested
    left join found
        on found.rule = tested.rule
        and found.year = tested.year
        and found.generation is not distinct from tested.generation
        and found.level = tested.level
        and found.province_code = tested.province_code
        and found.is_revision = tested.is_revision
        and found.has_claims = tested.has_claims
        and found.has_fees = tested.has_fees
        and found.may_repeat_figures = tested.may_repeat_figures
        and found.may_share_figures = tested.may_share_figures
        and found.may_repeat_narrative = tested.may_repeat_narrative
        and found.may_share_narrative = tested.may_share_narrative
    group by tested.rule, tested.year, tested.level, tested.province_code
)

select
    counted.rule,
    counted.year,
    counted.level,
    counted.province_code,
    rule.name_zh as rule_zh,
    rule.kind,
    rule.kind_zh,
    rule.severity,
    {{ level_zh('counted.level') }} as level_zh,
    coalesce(place.name, '地方不明') as province_name,
    cast(counted.reports as integer) as reports,
    cast(counted.reports_passed as integer) as reports_passed,
    cast(counted.reports_broken as integer) as reports_broken,
    cast(counted.reports_not_assessable as integer) as reports_not_assessable,
    cast(counted.reports - counted.reports_passed - counted.reports_broken - counted.reports_not_assessable as integer) as reports_not_applicable,
    {{ rate('counted.reports_broken', '(counted.reports_broken + counted.reports_passed)') }} as broken_share
from counted
inner join {{ ref('dim_rule') }} as rule using (rule)
left join {{ ref('int_place') }} as place on place.code = counted.province_code
