-- Grain: one row an agency's name, source and place of the source: as reports print it (held reports included: which agency
-- one would be of is told even if its figures are not published), or as an office's list of who must file has it.
with named as (
    select agency as agency_printed, source, source_place from {{ ref('stg_report') }} where agency is not null
    union
    select agency_name, source, source_place from {{ ref('stg_expected') }} where agency_name is not null
)

select agency_printed, source, source_place, {{ fold_agency('agency_printed') }} as agency_folded
from named
