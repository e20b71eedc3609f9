-- Grain: one row a report: where the columns of its tables stand. columns: each place once, as one number (macro `column_place`): the left
-- edge and width of a box in tenths of a point, or the number of the cell in an element's path; what there is none of is -1.
{{ config(alias='grid', meta={'slice': 'reading'}) }}
with places as (
    select distinct report_no, {{ column_place('at_x', 'width') }} as place
    from {{ ref('stg_placed_cell') }}
)

select report_no, list(place order by place) as columns
from places
group by report_no
