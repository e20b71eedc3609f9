-- Grain: one row a report of an agency-year of which this load has changed something, or that went; none in a build of everything.
{% if is_slice() -%}
with gone as (
    select report_id from {{ state_relation('intermediate', 'int_report_order__before') }}
    except
    select report_id from {{ ref('int_report_order') }}
)

select report_id, {{ report_number('report_id') }} as report_no from gone
union all
select ordered.report_id, ordered.report_no
from {{ ref('int_report_order') }} as ordered
where (ordered.agency_key, ordered.year) in (select (agency_key, year) from {{ ref('int_changed_agency_year') }})
{%- else -%}
-- {{ ref('int_report_order') }} {{ ref('int_changed_agency_year') }}
select cast(null as varchar) as report_id, cast(null as bigint) as report_no
where false
{%- endif %}
