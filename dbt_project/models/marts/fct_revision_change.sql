-- Grain: one row a revision x metric x applicant whose cell differs from the one in the report before it.
{{ config(materialized='incremental', incremental_strategy='append', meta={'slice': 'report'}) }}
select
    cell.report_id,
    cell.metric_key,
    cell.applicant_key,
    cell.previous_report_id,
    revision.agency_key,
    revision.year,
    cast(revision.revision as integer) as revision,
    cell.change,
    {{ change_zh('cell.change') }} as change_zh,
    cell.is_reading,
    cell.old_status,
    cell.old_value,
    cell.old_reading,
    cell.old_unit,
    cell.old_raw,
    cell.new_status,
    cell.new_value,
    cell.new_reading,
    cell.new_unit,
    cell.new_raw,
    case when cell.old_unit is not distinct from cell.new_unit then cast(cell.new_value - cell.old_value as decimal(24, 6)) end as difference,
    cell.old_page,
    cell.old_x0,
    cell.old_top,
    cell.old_x1,
    cell.old_bottom,
    cell.old_path,
    cell.old_line,
    cell.new_page,
    cell.new_x0,
    cell.new_top,
    cell.new_x1,
    cell.new_bottom,
    cell.new_path,
    cell.new_line,
    revision.is_current,
    revision.load_id
from {{ ref('int_revision_cell') }} as cell
inner join {{ ref('int_revision') }} as revision using (report_id)
where cell.change is not null
    and {{ touched_report('cell.report_id') }}
