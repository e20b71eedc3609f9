-- Grain: one row a source and format: how well its current reports could be read. What gate one compares a load with.
{{ config(materialized='table', alias='reading_profile') }}
select
    source,
    coalesce(format, '') as format,
    cast(count(*) as integer) as reports,
    cast(sum(cells_expected) as bigint) as cells,
    cast(sum(cells_doubtful) as bigint) as cells_doubtful,
    cast(sum(cells_missing) as bigint) as cells_missing
from {{ ref('dim_report') }}
where is_current
group by source, coalesce(format, '')
