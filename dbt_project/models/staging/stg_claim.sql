-- Grain: one row a count in a report's running text, as of the reading that counts.
select claims.*
from {{ source('landing', 'claims') }} as claims
inner join {{ ref('stg_report') }} using (load_id, report_id)
