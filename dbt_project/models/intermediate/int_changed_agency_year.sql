-- Grain: one row an agency and year of which this load has changed something; none in a build of everything, which makes all
-- anew. That is so if a report came, went or is another than it was (its reading, key, place among revisions), or if what is
-- said of its agency has changed; and the years before and after it, since reports are compared with those of last year.
{% if is_slice() -%}
with changed as (
    {{ changed_rows('int_report_order', ['agency_key', 'year']) }}
    union
    select ordered.agency_key, ordered.year
    from {{ ref('int_report_order') }} as ordered
    where ordered.agency_key in (
        {{ changed_rows('dim_agency', ['agency_key']) }}
    )
    union
    select ordered.agency_key, ordered.year
    from {{ ref('int_report_order') }} as ordered
    where ordered.report_id in (
        {{ changed_rows('int_correction', ['report_id']) }}
    )
    union
    -- the report whose place one took may be of another agency or year
    select ordered.agency_key, ordered.year
    from {{ ref('int_report_order') }} as ordered
    where ordered.report_id in (
        {{ changed_rows('int_relabelled_pair', ['report_id']) }}
    )
)

select distinct agency_key, cast(unnest([year - 1, year, year + 1]) as integer) as year
from changed
{%- else -%}
-- {{ ref('int_report_order') }} {{ ref('dim_agency') }} {{ ref('int_relabelled_pair') }} {{ ref('int_correction') }}
select cast(null as varchar) as agency_key, cast(null as integer) as year
where false
{%- endif %}
