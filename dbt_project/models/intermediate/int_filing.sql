-- Grain: one row an agency and year with a report: when it was filed, as far as its documents tell.
-- filed_on: the date of the first revision, the one by which the agency filed. A date before December of the report's own
-- year is a slip of the pen (January with last year's number) and no date.
-- proven_by: a day by which a report of the agency and year was surely there: the earliest date that any revision prints, or
-- the day a load first met one.
with reports as (
    select
        report_id,
        agency_key,
        year,
        revision,
        is_current,
        source,
        case when published_on >= make_date(year, 12, 1) then published_on end as published_on,
        cast(strptime(left(first_load_id, 8), '%Y%m%d') as date) as met_on
    from {{ ref('int_report') }}
)

select
    agency_key,
    year,
    count(*) as documents,
    max(report_id) filter (where is_current) as report_id,
    max(source) filter (where is_current) as source,
    max(published_on) filter (where revision = 1) as filed_on,
    least(min(published_on), min(met_on)) as proven_by
from reports
group by agency_key, year
