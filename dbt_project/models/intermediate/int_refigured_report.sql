-- Grain: one row a report whose figures are others than in the last build: read by this load, replaced by one of its readings, or with
-- other corrections; none in a build of everything, which looks at all.
{% if is_slice() -%}
select report_no from {{ ref('stg_replaced') }}
union
select report_no from {{ ref('stg_reading') }} where load_id = '{{ env_var("GONGKAI_LOAD_ID") }}'
union
select {{ report_number('report_id') }} as report_no
from (
    {{ changed_rows('store_correction', ['report_id']) }}
)
{%- else -%}
-- {{ ref('stg_replaced') }} {{ ref('stg_reading') }} {{ ref('store_correction') }}
select cast(null as bigint) as report_no
where false
{%- endif %}
