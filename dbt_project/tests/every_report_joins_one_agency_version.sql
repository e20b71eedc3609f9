-- A report joins one version of its agency, and the version covers its year: no fan-out, nothing lost.
select report.report_id
from {{ ref('dim_report') }} as report
left join {{ ref('dim_agency_history') }} as version
    on version.agency_key = report.agency_key and report.year between version.match_from and version.match_to
group by report.report_id
having count(version.agency_version_key) <> 1
    or min(version.agency_version_key) <> min(report.agency_version_key)
