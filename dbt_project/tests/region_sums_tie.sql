-- A place's numbers are those of the places directly below it and of the agencies that belong to it directly: nothing is
-- counted twice, nothing is lost on the way from agency to county, city, province and country.
with agencies as (
    select
        coalesce(county_code, city_code, province_code) as place_code,
        level,
        year,
        1 as agencies_reported,
        requests_received,
        requests_total,
        review_total,
        litigation_total,
        fees_amount
    from {{ ref('mart_agency_year') }}
    where resolution = 'resolved'
),

below as (
    select place_code, level, year, agencies_reported, requests_received, requests_total, review_total, litigation_total, fees_amount
    from agencies
    union all
    select parent_code, level, year, agencies_reported, requests_received, requests_total, review_total, litigation_total, fees_amount
    from {{ ref('mart_region_year') }}
    where parent_code is not null
),

summed as (
    select
        place_code,
        level,
        year,
        sum(agencies_reported) as agencies_reported,
        sum(requests_received) as requests_received,
        sum(requests_total) as requests_total,
        sum(review_total) as review_total,
        sum(litigation_total) as litigation_total,
        sum(fees_amount) as fees_amount
    from below
    group by place_code, level, year
)

select place_code, level, year
from {{ ref('mart_region_year') }} as region
full join summed using (place_code, level, year)
where place_code <> 'unknown'
    and (
        coalesce(region.agencies_reported, 0) <> coalesce(summed.agencies_reported, 0)
        or region.requests_received is distinct from summed.requests_received
        or region.requests_total is distinct from summed.requests_total
        or region.review_total is distinct from summed.review_total
        or region.litigation_total is distinct from summed.litigation_total
        or region.fees_amount is distinct from summed.fees_amount
    )
