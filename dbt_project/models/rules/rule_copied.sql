-- Grain: one row a current report and rule (`figures_repeated`, `figures_shared`, `narrative_repeated`, `narrative_shared`) that
-- it breaks, or that it falls under and can't be tested; the others have none.
-- Figures count as copied where all of a report's own non-zero figures (parts, not sums; not what stays from year to year)
-- are another's, and are so many, with so many digits, that chance cannot be the reason. Text counts as copied where it is the same
-- but for numbers (and the agency's name). The other report is last year's, or one of the same year of an agency of the same
-- level under the same place: which of two agencies copied can't be told, both are named.
{{ config(materialized='table', meta={'remember': ['report_id']}) }}
with reports as (
    select
        report.report_id,
        report.agency_key,
        report.year,
        report.resolution,
        agency.full_name,
        agency.level,
        coalesce(agency.parent_key, '') as parent_key,
        wide.print,
        wide.print_cells,
        wide.print_digits,
        wide.print_doubtful > 0 as has_doubt,
        report.narrative_sha256,
        report.narrative_characters,
        wide.print_cells >= {{ threshold('figures_repeated', 'cells') }}
            and wide.print_digits >= {{ threshold('figures_repeated', 'digits') }} as may_repeat_figures,
        wide.print_cells >= {{ threshold('figures_shared', 'cells') }}
            and wide.print_digits >= {{ threshold('figures_shared', 'digits') }} as may_share_figures,
        report.narrative_characters >= {{ threshold('narrative_repeated', 'characters') }} as may_repeat_narrative,
        report.narrative_characters >= {{ threshold('narrative_shared', 'characters') }} as may_share_narrative
    from {{ ref('int_report') }} as report
    inner join {{ ref('int_report_wide') }} as wide using (report_id)
    inner join {{ ref('dim_agency') }} as agency on agency.agency_key = report.agency_key
    where report.is_current
),

with_last_year as (
    select
        this_year.*,
        last_year.report_id as last_report_id,
        last_year.has_doubt as last_has_doubt,
        last_year.print is not distinct from this_year.print
            and last_year.print_cells = this_year.print_cells
            and last_year.print_digits = this_year.print_digits as has_same_figures,
        last_year.narrative_sha256 = this_year.narrative_sha256 as has_same_narrative
    from reports as this_year
    inner join reports as last_year
        on last_year.agency_key = this_year.agency_key
        and last_year.year = this_year.year - 1
        and this_year.resolution is distinct from 'ambiguous'
),

neighbours as (
    select
        *,
        count(*) over same_figures as sharing_figures,
        min(full_name) over same_figures as first_with_figures,
        max(full_name) over same_figures as last_with_figures,
        count(*) over same_narrative as sharing_narrative,
        min(full_name) over same_narrative as first_with_narrative,
        max(full_name) over same_narrative as last_with_narrative
    from reports
    where resolution = 'resolved' and (may_share_figures and not has_doubt or may_share_narrative)
    window
        same_figures as (partition by year, level, parent_key, print, print_cells, print_digits, may_share_figures and not has_doubt),
        same_narrative as (partition by year, level, parent_key, narrative_sha256, coalesce(may_share_narrative, false))
),

found as (
    select
        report_id,
        'figures_repeated' as rule,
        case when has_doubt or last_has_doubt then 'not_assessable' else 'broken' end as outcome,
        concat(
            full_name, year, '年报告：',
            case
                when has_doubt or last_has_doubt then '两年中有一年的分项数值存疑，无法判断是否沿用上年数值。'
                else concat(print_cells, ' 个非零分项数值与', year - 1, '年报告全部相同，疑沿用上年数值。')
            end
        ) as message
    from with_last_year
    where may_repeat_figures and (has_same_figures or has_doubt or last_has_doubt)
    union all
    select
        report_id, 'narrative_repeated', 'broken',
        concat(full_name, year, '年报告：正文（', narrative_characters, ' 字）除数字外与', year - 1, '年报告逐字相同。')
    from with_last_year
    where may_repeat_narrative and has_same_narrative
    union all
    select
        report_id, 'figures_shared', 'broken',
        concat(
            full_name, year, '年报告：', print_cells, ' 个非零分项数值与',
            case when first_with_figures = full_name then last_with_figures else first_with_figures end,
            case when sharing_figures > 2 then concat('等 ', sharing_figures - 1, ' 个机关') else '' end,
            '的同年报告全部相同，疑误用他机关的报告，或同一机关有两个名称。'
        )
    from neighbours
    where may_share_figures and not has_doubt and sharing_figures > 1
    union all
    select
        report_id, 'figures_shared', 'not_assessable',
        concat(full_name, year, '年报告：分项数值中有存疑的，无法判断是否与他机关相同。')
    from reports
    where may_share_figures and has_doubt and resolution = 'resolved'
    union all
    select
        report_id, 'narrative_shared', 'broken',
        concat(
            full_name, year, '年报告：正文（', narrative_characters, ' 字）除机关名和数字外与',
            case when first_with_narrative = full_name then last_with_narrative else first_with_narrative end,
            case when sharing_narrative > 2 then concat('等 ', sharing_narrative - 1, ' 个机关') else '' end,
            '的同年报告逐字相同。'
        )
    from neighbours
    where may_share_narrative and narrative_sha256 is not null and sharing_narrative > 1
)

select report_id, rule, outcome, message from found
