-- Grain: one row an agency's name as printed, source and place of the source, of reports that are not held back.
select distinct
    agency as agency_printed,
    source,
    source_place,
    {{ fold_agency('agency') }} as agency_folded
from {{ ref('stg_report') }}
where agency is not null
    and year is not null
    and report_id not in (select report_id from {{ ref('stg_quarantine') }})
