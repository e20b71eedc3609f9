{{ config(alias='path') }}
-- Grain: one row an element's path without the number of its table row and cell: `/body/tbl[1]/tr[`, `]/tc[`.
with places as (
    select distinct path from {{ source('landing', 'cells') }} where page is null and path is not null
),

split as (
    select distinct parts.before_row, parts.between_row_and_cell
    from (select {{ path_split('path') }} as parts from places)
)

select {{ path_number('split') }} as path_no, before_row, between_row_and_cell
from split
{% if is_slice() -%}
where {{ path_number('split') }} not in (select path_no from {{ this }})
{%- endif %}
