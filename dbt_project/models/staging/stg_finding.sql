-- Grain: one row a rule that a report breaks or that can't be tested inside it, as of the reading that counts.
select findings.*
from {{ source('landing', 'findings') }} as findings
inner join {{ ref('stg_report') }} using (load_id, report_id)
