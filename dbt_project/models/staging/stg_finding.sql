-- Grain: one row a rule that a report breaks or that can't be tested inside it, as of the reading that counts; in a build on
-- top of the last one, of this load's.
select findings.*, reading.report_no
from {{ source('landing', 'findings') }} as findings
inner join {{ ref('stg_published_reading') }} as reading using (load_id, report_id)
