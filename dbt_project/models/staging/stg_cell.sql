-- Grain: one row a report x metric x applicant, as of the reading that counts.
select cells.*
from {{ source('landing', 'cells') }} as cells
inner join {{ ref('stg_report') }} using (load_id, report_id)
