-- Grain: one row a table row that the form does not know, as of the reading that counts.
select extras.*
from {{ source('landing', 'extras') }} as extras
inner join {{ ref('stg_report') }} using (load_id, report_id)
