-- Nothing is lost in silence: a report as last read is a row of dim_report, or of mart_quarantine with its reason.
select stg_report.report_id
from {{ ref('stg_report') }} as stg_report
where stg_report.report_id not in (select report_id from {{ ref('dim_report') }})
    and stg_report.report_id not in (select report_id from {{ ref('mart_quarantine') }})
