-- Grain: one row: what readers see now against what they would see; no row while nothing has been published.
with built_reports as (
    select agency_key, year, count(*) as reports
    from built.marts.dim_report
    where is_current
    group by agency_key, year
),

built_figures as (
    select year, sum(cells_reported) as figures
    from built.marts.dim_report
    where is_current
    group by year
),

agency_years as (
    select count(*) as published, count(*) filter (where built_reports.reports is null) as lost
    from published_reports
    left join built_reports
        on built_reports.agency_key = published_reports.agency_key and built_reports.year = published_reports.year
),

figures as (
    select coalesce(sum(published_figures.figures), 0) as published,
           coalesce(sum(greatest(published_figures.figures - coalesce(built_figures.figures, 0), 0)), 0) as lost
    from published_figures
    left join built_figures using (year)
)

select (select load_id from this_load) as load_id,
       agency_years.published as agency_years_published,
       agency_years.lost as agency_years_lost,
       agency_years.lost / agency_years.published as agency_years_lost_share,
       figures.published as figures_published,
       figures.lost as figures_lost,
       case when figures.published > 0 then figures.lost / figures.published else 0 end as figures_lost_share
from agency_years, figures
where agency_years.published > 0
