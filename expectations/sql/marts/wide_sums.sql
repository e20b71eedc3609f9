-- Grain: one row a metric that the wide mart has a column for: how many numbers and what sum, in the wide mart and in the figures
-- of current reports. sum_off, numbers_off: what one side has more than the other.
with wide as (
    select name, count(value) as numbers, coalesce(sum(value), 0) as total
    from (
        unpivot (
            select columns(lambda c: regexp_matches(c, '^(rules|normative_documents|licensing|penalty|coercion|procurement_items|requests|review|litigation)')
                                     and not regexp_matches(c, '_(rate|ratio|share)$'))
            from anew.mart_agency_year
        )
        on columns(*) into name name value value
    )
    group by name
),

figures as (
    select replace(regexp_replace(metric_key, '^proactive\.', ''), '.', '_') as name, metric_key,
           count(value) as numbers, coalesce(sum(value), 0) as total
    from anew.fct_figure
    where is_current and applicant_key in ('all', 'total')
        -- the 2019 form prints in one row what the wide mart has as the sum of three
        and metric_key <> 'requests.other'
    group by metric_key
)

select figures.metric_key as metric, wide.numbers, figures.numbers as numbers_of_figures,
       abs(wide.total - figures.total) as sum_off,
       abs(wide.numbers - figures.numbers) as numbers_off
from wide
join figures using (name)
order by metric
