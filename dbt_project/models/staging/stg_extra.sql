-- Grain: one row a table row that the form does not know, as of the reading that counts; in a build on top of the last one, of this load's.
select extras.*, reading.report_no
from {{ source('landing', 'extras') }} as extras
inner join {{ ref('stg_published_reading') }} as reading using (load_id, report_id)
