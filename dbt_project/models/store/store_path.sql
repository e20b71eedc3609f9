-- Grain: one row an element's path without the number of its table row and cell: `/body/tbl[1]/tr[`, `]/tc[`.
{{ config(alias='path') }}
select distinct path_no, before_row, between_row_and_cell
from {{ ref('stg_path') }}
{% if is_slice() -%}
where path_no not in (select path_no from {{ this }})
{%- endif %}
