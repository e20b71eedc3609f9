-- Grain: one row a level and year: what the regions add up to (the whole country, and agencies whose place is not known) against the
-- agency-years below them. columns_off: sums that differ.
with below as (
    select level, year, count(*) as agencies, sum(requests_received) as received, sum(requests_total) as handled,
           sum(review_total) as review, sum(litigation_total) as litigation, sum(fees_amount) as fees
    from built.marts.mart_agency_year
    group by level, year
),

above as (
    select level, year, sum(agencies_reported) as agencies, sum(requests_received) as received, sum(requests_total) as handled,
           sum(review_total) as review, sum(litigation_total) as litigation, sum(fees_amount) as fees
    from built.marts.mart_region_year
    where place_code in ('CN', 'unknown')
    group by level, year
    having sum(agencies_reported) > 0
)

select coalesce(below.level, above.level) as level, coalesce(below.year, above.year) as year,
       coalesce(below.agencies, 0) as agencies, coalesce(above.agencies, 0) as agencies_in_regions,
       (below.agencies is distinct from above.agencies)::integer + (below.received is distinct from above.received)::integer
       + (below.handled is distinct from above.handled)::integer + (below.review is distinct from above.review)::integer
       + (below.litigation is distinct from above.litigation)::integer + (below.fees is distinct from above.fees)::integer as columns_off
from below
full join above on above.level = below.level and above.year = below.year
order by level, year
