-- Grain: one row an agency's name, source and place of the source: as reports print it (held reports included: which agency
-- one would be of is told even if its figures are not published), or as an office's list of who must file has it.
-- Names that no report prints any more stay: which agency a name means depends on nothing but the name, its source and seeds.
{{ config(materialized='incremental', incremental_strategy='append') }}
with named as (
    select agency as agency_printed, source, source_place from {{ ref('stg_reading') }} where agency is not null
    union
    select agency_name, source, source_place from {{ ref('stg_expected') }} where agency_name is not null
)

{%- if is_slice() %},

new_names as (
    select agency_printed, source, source_place from named
    except
    select agency_printed, source, source_place from {{ this }}
)
{%- endif %}

select agency_printed, source, source_place, {{ fold_agency('agency_printed') }} as agency_folded
from {{ 'new_names' if is_slice() else 'named' }}
