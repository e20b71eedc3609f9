-- Grain: one row a line of the corrections' files, refused lines included, as they stood when the load being built was opened.
select * exclude (load_id)
from {{ source('landing', 'corrections') }}
where load_id = '{{ env_var("GONGKAI_LOAD_ID") }}'
