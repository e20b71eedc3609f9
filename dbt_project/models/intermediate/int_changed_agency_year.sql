-- Grain: one row an agency and year of which this load has changed something; none in a build of everything, which makes all
-- anew. That is so if a report came, went or is another than it was (its reading, key, place among revisions), or if what is
-- said of its agency has changed; and the years before and after it, since reports are compared with those of last year. is_own: changed
-- itself, and not just beside one that is.
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

select agency_key, cast(year + step as integer) as year, bool_or(step = 0) as is_own
from changed
cross join (select unnest([-1, 0, 1]) as step)
group by agency_key, year + step
{%- else -%}
-- {{ ref('int_report_order') }} {{ ref('dim_agency') }} {{ ref('int_relabelled_pair') }} {{ ref('int_correction') }}
select cast(null as varchar) as agency_key, cast(null as integer) as year, cast(null as boolean) as is_own
where false
{%- endif %}
