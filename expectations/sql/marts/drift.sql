-- Grain: one row a metric, generation of the form, level and province (CN: all of them) of which the load brings reports: how their
-- numbers lie beside those of all agency-years published before, of the same generation, level and province.
-- shift: difference of the means of ln(1 + number), in standard deviations of what was published (0.5 at least: metrics that are
-- nearly always 0 hardly vary). The country is compared only with a load from five provinces at least.
with figures as (
    select replace(regexp_replace(key, '^proactive\.', ''), '.', '_') as name, key as metric
    from (select distinct metric as key from form_cells)
),

wide as (
    unpivot (
        select coalesce(generation, '') as generation, level, coalesce(province_code, '') as province_code,
               columns(lambda c: regexp_matches(c, '^(rules|normative_documents|licensing|penalty|coercion|procurement|fees|requests|review|litigation)_')
                                 and not regexp_matches(c, '_(rate|ratio|share)$'))
        from anew.mart_agency_year
        where report_id in (select report_id from landed_reports where load_id = (select load_id from this_load))
    )
    on columns(* exclude (generation, level, province_code)) into name name value value
),

read as (
    select figures.metric, wide.generation, wide.level, wide.province_code,
           count(*) as known, count(*) filter (where value = 0) as zeros, sum(ln(1 + greatest(value, 0))) as logs
    from wide
    join figures using (name)
    where metric <> 'requests.other'
    group by all
),

places as (
    select metric, generation, level, province_code as place_code, known, zeros, logs from read where province_code <> ''
    union all
    select metric, generation, level, 'CN', sum(known), sum(zeros), sum(logs)
    from read
    group by metric, generation, level
    having count(distinct province_code) >= 5
),

before as (
    select metric, generation, level, province_code as place_code,
           sum(known) as known, sum(zeros) as zeros, sum(logs) as logs, sum(squares) as squares
    from history_metric
    where province_code <> ''
    group by all
    union all
    select metric, generation, level, 'CN', sum(known), sum(zeros), sum(logs), sum(squares)
    from history_metric
    group by metric, generation, level
)

select places.metric, places.generation, places.level, places.place_code,
       1 as compared,
       places.known, before.known as known_before,
       abs(places.logs / places.known - before.logs / before.known)
       / greatest(sqrt(greatest(before.squares / before.known - (before.logs / before.known) ** 2, 0)), 0.5) as shift,
       abs(places.zeros / places.known - before.zeros / before.known) as zeros_shift
from places
join before using (metric, generation, level, place_code)
where places.known > 0 and before.known > 0
order by all
