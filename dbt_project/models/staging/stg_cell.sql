-- Grain: one row a report x metric x applicant, as of the reading that counts; in a build on top of the last one, of this load's.
select cells.*, reading.report_no
from {{ source('landing', 'cells') }} as cells
inner join {{ ref('stg_published_reading') }} as reading using (load_id, report_id)
