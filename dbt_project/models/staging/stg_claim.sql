-- Grain: one row a count in a report's running text, as of the reading that counts; in a build on top of the last one, of this load's.
select claims.*, reading.report_no
from {{ source('landing', 'claims') }} as claims
inner join {{ ref('stg_published_reading') }} as reading using (load_id, report_id)
