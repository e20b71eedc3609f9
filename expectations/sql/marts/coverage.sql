-- Grain: one row a province (or `unknown`), level and year that readers see now: agencies that have reported, then and now.
with now as (
    select place_code, level, year, agencies_reported
    from built.marts.mart_region_year
    where place_level in ('province', 'unknown')
)

select before.place_code, before.level, before.year,
       before.agencies_reported as agencies_before,
       coalesce(now.agencies_reported, 0) as agencies_now,
       greatest(before.agencies_reported - coalesce(now.agencies_reported, 0), 0) / before.agencies_reported as share_lost
from history_region as before
left join now on now.place_code = before.place_code and now.level = before.level and now.year = before.year
where before.agencies_reported > 0
order by before.place_code, before.level, before.year
