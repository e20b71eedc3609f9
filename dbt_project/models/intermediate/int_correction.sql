-- Grain: one row a figure that a person has corrected: the correction that counts for it.
-- A correction must name agency and year of its report as they are. Of several for one figure the latest counts. Whether the
-- figure still reads as the person saw it is tested where it is applied (fct_figure): read_value is what it must read.
{{ config(meta={'remember': ['report_id']}) }}
with described as (
    select
        correction.*,
        report.agency_key,
        report.is_current,
        report.revision,
        report.agency as agency_printed,
        report.year as year_of_report,
        agency.full_name,
        agency.agency_name
    from {{ ref('stg_correction') }} as correction
    inner join {{ ref('int_report') }} as report using (report_id)
    inner join {{ ref('dim_agency') }} as agency on agency.agency_key = report.agency_key
    -- a line that says whose report it is has been applied when the document was read
    where correction.refusal is null and correction.metric <> 'report.identity'
)

select
    correction_id,
    file,
    line,
    report_id,
    metric as metric_key,
    applicant as applicant_key,
    read_status,
    read_value,
    status as new_status,
    value as new_value,
    unit as new_unit
from described
where year = year_of_report
    and {{ fold('agency') }} in ({{ fold('agency_printed') }}, {{ fold('full_name') }}, {{ fold('agency_name') }})
qualify row_number() over (
    partition by report_id, metric, applicant order by corrected_on desc, file desc, line desc
) = 1
