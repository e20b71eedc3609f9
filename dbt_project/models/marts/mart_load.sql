-- Grain: one row a published load, the one being built included (its time of publication is filled in when it is published).
with reports as (
    select load_id, count(*) as reports_current_reading
    from {{ ref('stg_reading') }}
    group by load_id
)

select
    load.load_id,
    load.mode,
    -- a source given as a path is told by its last part: readers need no folder names of the loading machine
    list_transform(load.sources, lambda name: regexp_extract(name, '([^/]*)/*$', 1)) as sources,
    {{ shanghai('load.started_at') }} as started_at,
    {{ shanghai('load.published_at') }} as published_at,
    load.reader_version,
    cast(coalesce(reports.reports_current_reading, 0) as integer) as reports_current_reading
from {{ ref('stg_load') }} as load
left join reports using (load_id)
