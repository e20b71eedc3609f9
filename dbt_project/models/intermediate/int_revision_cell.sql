-- Grain: one row a revision x metric x applicant: the cell in the report before and in the revision, and how they differ.
-- change is null where nothing differs that a reader could see. is_reading: the difference is one of how surely the two
-- documents could be read, not of what the agency printed.
{{ config(materialized='incremental', incremental_strategy='append', meta={'slice': 'changed_report'}) }}
with revisions as (
    select report_id, previous_report_id
    from {{ ref('int_revision') }}
    where {{ changed_report('report_id') }}
),

before as (
    select revisions.report_id, figure.* exclude (report_id), figure.report_id as previous_report_id
    from {{ ref('int_figure_placed') }} as figure
    inner join revisions on revisions.previous_report_id = figure.report_id
),

after as (
    select figure.*, revisions.previous_report_id
    from {{ ref('int_figure_placed') }} as figure
    inner join revisions using (report_id)
),

paired as (
    select
        coalesce(after.report_id, before.report_id) as report_id,
        coalesce(after.previous_report_id, before.previous_report_id) as previous_report_id,
        coalesce(after.metric_key, before.metric_key) as metric_key,
        coalesce(after.applicant_key, before.applicant_key) as applicant_key,
        before.value_status as old_status,
        before.value as old_value,
        before.doubtful_reading as old_reading,
        before.unit as old_unit,
        before.raw as old_raw,
        before.page as old_page,
        before.x0 as old_x0,
        before.top as old_top,
        before.x1 as old_x1,
        before.bottom as old_bottom,
        before.path as old_path,
        before.line as old_line,
        after.value_status as new_status,
        after.value as new_value,
        after.doubtful_reading as new_reading,
        after.unit as new_unit,
        after.raw as new_raw,
        after.page as new_page,
        after.x0 as new_x0,
        after.top as new_top,
        after.x1 as new_x1,
        after.bottom as new_bottom,
        after.path as new_path,
        after.line as new_line
    from after
    full join before
        on before.report_id = after.report_id
        and before.metric_key = after.metric_key
        and before.applicant_key = after.applicant_key
),

compared as (
    select
        *,
        case
            when old_status is null then 'form_added'
            when new_status is null then 'form_dropped'
            when old_status = 'doubtful' and new_status = 'doubtful'
                then if(old_reading is distinct from new_reading, 'doubtful_in_both', null)
            when old_status = 'doubtful' then 'became_readable'
            when new_status = 'doubtful' then 'became_doubtful'
            when old_status = 'reported' and new_status = 'reported' then case
                when old_unit is distinct from new_unit then 'unit'
                when old_value <> new_value then 'corrected'
            end
            when old_status = 'missing' and new_status <> 'missing' then 'row_added'
            when old_status <> 'missing' and new_status = 'missing' then 'row_dropped'
            when new_status = 'reported' then 'filled'
            when old_status = 'reported' then 'emptied'
            when old_status <> new_status or new_status = 'text' and old_raw is distinct from new_raw then 'wording'
        end as change
    from paired
)

select
    *,
    coalesce(change in ('doubtful_in_both', 'became_readable', 'became_doubtful'), false) as is_reading
from compared
