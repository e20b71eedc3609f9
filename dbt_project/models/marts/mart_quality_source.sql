-- Grain: one row a source and report year: how well its current reports could be read, and what is wrong with them.
-- Reports held back count under the year they name, or year 0 where that can't be told.
with published as (
    select
        source,
        year,
        count(*) as reports,
        count(*) filter (where quality_state = 'clean') as reports_clean,
        count(*) filter (where quality_state = 'doubtful') as reports_doubtful,
        count(*) filter (where quality_state = 'incomplete') as reports_incomplete,
        count(*) filter (where findings_broken > 0) as reports_with_findings,
        sum(cells_expected) as cells,
        sum(cells_doubtful) as cells_doubtful,
        sum(cells_missing) as cells_missing,
        sum(findings_broken) as findings_broken,
        sum(findings_not_assessable) as findings_not_assessable
    from {{ ref('dim_report') }}
    where is_current
    group by source, year
),

held as (
    select source, coalesce(year, 0) as year, count(distinct report_id) as held
    from {{ ref('mart_quarantine') }}
    group by source, coalesce(year, 0)
),

together as (
    select
        coalesce(published.source, held.source) as source,
        coalesce(published.year, held.year) as year,
        published.* exclude (source, year),
        held.held
    from published
    full join held on held.source = published.source and held.year = published.year
)

select
    source,
    cast(year as integer) as year,
    {% for name in [
        'reports', 'reports_clean', 'reports_doubtful', 'reports_incomplete', 'reports_with_findings', 'held', 'cells', 'cells_doubtful',
        'cells_missing', 'findings_broken', 'findings_not_assessable',
    ] -%}
    cast(coalesce({{ name }}, 0) as integer) as {{ name }},
    {% endfor -%}
    {{ rate('cells_doubtful', 'cells') }} as doubtful_share,
    {{ rate('cells_missing', 'cells') }} as missing_share
from together
