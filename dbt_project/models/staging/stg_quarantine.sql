-- Grain: one row a report held back and reason, as of the reading that counts.
{{ config(materialized='incremental', incremental_strategy='append', meta={'slice': 'reading'}) }}
select quarantine.*, reading.report_no
from {{ source('landing', 'quarantine') }} as quarantine
inner join {{ ref('stg_reading') }} as reading using (load_id, report_id)
