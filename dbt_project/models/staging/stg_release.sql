-- Grain: one row a report that a person lets pass gate one and reason, as of the reading that counts.
{{ config(materialized='incremental', incremental_strategy='append', meta={'slice': 'reading'}) }}
select releases.*, reading.report_no
from {{ source('landing', 'releases') }} as releases
inner join {{ ref('stg_reading') }} as reading using (load_id, report_id)
