-- Grain: one row a report whose figures a build looks at: all; in a build on top of the last one those of which the load has changed
-- something.
select ordered.report_no, ordered.report_id, ordered.agency_key, cast(ordered.year as integer) as year, ordered.is_current
from {{ ref('int_report_order') }} as ordered
{% if is_slice() -%}
where ordered.report_no in (select report_no from {{ ref('int_changed_report') }})
{%- else -%}
-- {{ ref('int_changed_report') }}
{%- endif %}
