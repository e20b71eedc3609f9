-- Grain: one row a report that is published, as of the reading that counts: not held back, its agency and year told.
-- Whether that is so follows from the reading alone, so that facts once taken up need no second look.
select report_no, report_id, load_id
from {{ ref('stg_reading') }}
where agency is not null
    and year is not null
    and report_no not in (select report_no from {{ ref('stg_quarantine') }})
