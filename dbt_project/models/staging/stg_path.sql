-- Grain: one row an element's path at which this build's landed cells stand (in a build of everything, all): taken apart once, however
-- many cells stand at it.
{{ config(materialized='table') }}
with places as (
    select distinct path from {{ source('landing', 'cells') }} where page is null and path is not null
),

split as (
    select path, {{ path_split('path') }} as parts from places
)

select
    path,
    {{ path_number('parts') }} as path_no,
    parts.before_row,
    parts."row" as at_row,
    parts.between_row_and_cell,
    parts.cell as at_cell
from split
