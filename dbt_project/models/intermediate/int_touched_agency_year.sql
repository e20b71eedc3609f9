-- Grain: one row an agency and year whose rows this build makes anew; none in a build of everything, which makes all anew.
-- To those of which the load has changed something (`int_changed_agency_year`) come those of which a rule over many agencies now says
-- something else, and those that a place took over as a whole is compared with.
{% if is_slice() -%}
with judged_anew as (
    {{ changed_rows('rule_copied', ['report_id']) }}
    union
    {{ changed_rows('rule_unit_implausible', ['report_id']) }}
),

touched as (
    select agency_key, year, is_own from {{ ref('int_changed_agency_year') }}
    union
    select ordered.agency_key, cast(ordered.year as integer), true
    from {{ ref('int_report_order') }} as ordered
    inner join judged_anew using (report_id)
),

taken_over as (
    select code, year, unnest(whole_codes) as part_code
    from {{ ref('int_boundary_change') }}
    where whole_codes is not null
)

select agency_key, year, bool_or(is_own) as is_own
from (
    select * from touched
    union all
    select
        taken_over.code || coalesce(':' || nullif(regexp_extract(touched.agency_key, '^[0-9]+:(.*)$', 1), ''), ''),
        taken_over.year,
        false
    from touched
    inner join taken_over on taken_over.part_code = split_part(touched.agency_key, ':', 1) and taken_over.year = touched.year + 1
)
group by agency_key, year
{%- else -%}
-- {{ ref('int_changed_agency_year') }} {{ ref('rule_copied') }} {{ ref('rule_unit_implausible') }} {{ ref('int_boundary_change') }}
-- {{ ref('int_report_order') }}
select cast(null as varchar) as agency_key, cast(null as integer) as year, cast(null as boolean) as is_own
where false
{%- endif %}
