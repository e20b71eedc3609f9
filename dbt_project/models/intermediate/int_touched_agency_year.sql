-- Grain: one row an agency and year whose rows this build makes anew; none in a build of everything, which makes all.
-- Touched is an agency-year if a report came, went or is another than it was (its reading, key, place among revisions), or if what is
-- said of its agency has changed, or a correction, or a rule about many reports; and the years before and after it, since reports are compared with those of last year.
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
    -- the report whose place one took may be of another agency or year
    select ordered.agency_key, ordered.year
    from {{ ref('int_report_order') }} as ordered
    where ordered.report_id in (
        {{ changed_rows('int_relabelled_pair', ['report_id']) }}
        union
        {{ changed_rows('store_correction', ['report_id']) }}
        union
        -- rules that hold a report against many others
        {{ changed_rows('rule_copied', ['report_id']) }}
        union
        {{ changed_rows('rule_unit_implausible', ['report_id']) }}
    )
),

-- what took a place over is compared with the place that was
succeeded as (
    select agency_key, year from changed
    union
    select unnest(agency.successor_keys) as agency_key, changed.year
    from changed
    inner join {{ ref('dim_agency') }} as agency using (agency_key)
    where agency.successor_keys is not null
)

select distinct agency_key, cast(unnest([year - 1, year, year + 1]) as integer) as year
from succeeded
{%- else -%}
-- {{ ref('int_report_order') }} {{ ref('dim_agency') }} {{ ref('int_relabelled_pair') }}
-- {{ ref('store_correction') }} {{ ref('rule_copied') }} {{ ref('rule_unit_implausible') }}
select cast(null as varchar) as agency_key, cast(null as integer) as year
where false
{%- endif %}
