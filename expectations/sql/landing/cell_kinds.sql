-- Grain: one row a metric x applicant x status of the load's cells.
select metric, applicant, status, count(*) as cells, min(report_id) as example_report
from cells
group by metric, applicant, status
order by metric, applicant, status
