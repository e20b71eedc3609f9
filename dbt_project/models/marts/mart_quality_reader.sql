-- Grain: one row a reader version, format, form and report year: how well current reports of that kind are read.
with read as (
    select
        coalesce(reader_version, '') as reader_version,
        format,
        coalesce(generation, '') as generation,
        year,
        count(*) as reports,
        count(*) filter (where cells_doubtful > 0) as reports_doubtful,
        count(*) filter (where findings_broken > 0) as reports_with_findings,
        sum(cells_expected) as cells_expected,
        sum(cells_reported) as cells_reported,
        sum(cells_blank) as cells_blank,
        sum(cells_doubtful) as cells_doubtful,
        sum(cells_missing) as cells_missing
    from {{ ref('dim_report') }}
    where is_current
    group by reader_version, format, generation, year
)

select
    reader_version,
    format,
    generation,
    cast(year as integer) as year,
    {% for name in [
        'reports', 'reports_doubtful', 'reports_with_findings', 'cells_expected', 'cells_reported', 'cells_blank', 'cells_doubtful', 'cells_missing',
    ] -%}
    cast({{ name }} as integer) as {{ name }},
    {% endfor -%}
    {{ rate('cells_doubtful', 'cells_expected') }} as doubtful_share,
    {{ rate('cells_missing', 'cells_expected') }} as missing_share
from read
