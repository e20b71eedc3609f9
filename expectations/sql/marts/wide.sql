-- Grain: one row a metric that the wide mart repeats.
-- rows_off: agency-years that are on one side only, or whose two values differ.
with figures as (
    select agency_key, year, metric_key as metric, value
    from anew.fct_figure
    where is_current
    and applicant_key in ('all', 'total')
    and metric_key in (
        'requests.received', 'requests.carried_in', 'requests.total', 'requests.carried_forward',
        'review.total', 'litigation.direct.total', 'litigation.after_review.total'
    )
),

wide as (
    select agency_key, year, metric, value
    from (
        select agency_key, year,
               requests_received as "requests.received",
               requests_carried_in as "requests.carried_in",
               requests_total as "requests.total",
               requests_carried_forward as "requests.carried_forward",
               review_total as "review.total",
               litigation_direct_total as "litigation.direct.total",
               litigation_after_review_total as "litigation.after_review.total"
        from anew.mart_agency_year
    )
    unpivot include nulls (value for metric in (columns(* exclude (agency_key, year))))
)

select coalesce(wide.metric, figures.metric) as metric,
       count(*) as agency_years,
       count(*) filter (
           where wide.metric is null or figures.metric is null or wide.value is distinct from figures.value
       ) as rows_off
from wide
full join figures
    on figures.agency_key = wide.agency_key and figures.year = wide.year and figures.metric = wide.metric
group by coalesce(wide.metric, figures.metric)
order by metric
