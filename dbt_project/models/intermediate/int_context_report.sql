-- Grain: one row a report whose figures a build may look at: all; in a build on top of the last one those of the agency-years
-- that it makes anew and of the year before and after each.
select ordered.report_no, ordered.report_id, ordered.agency_key, cast(ordered.year as integer) as year, ordered.is_current
from {{ ref('int_report_order') }} as ordered
{% if is_slice() -%}
where (ordered.agency_key, ordered.year) in (
    select (agency_key, unnest([year - 1, year, year + 1])) from {{ ref('int_touched_agency_year') }}
)
{%- else -%}
-- {{ ref('int_touched_agency_year') }}
{%- endif %}
