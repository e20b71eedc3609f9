-- Grain: one row a decision of a person's, refused lines of the ledger included, as it stood when the load being built was opened.
select * exclude (load_id)
from {{ source('landing', 'decisions') }}
where load_id = '{{ env_var("GONGKAI_LOAD_ID") }}'
