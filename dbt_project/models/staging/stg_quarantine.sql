-- Grain: one row a report held back and reason, as of the reading that counts.
select quarantine.*
from {{ source('landing', 'quarantine') }} as quarantine
inner join {{ ref('stg_report') }} using (load_id, report_id)
