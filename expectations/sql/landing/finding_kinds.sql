-- Grain: one row a rule x outcome of the load's findings.
select rule, outcome, count(*) as findings, min(report_id) as example_report
from findings
group by rule, outcome
order by rule, outcome
