-- Grain: one row a report as the reading of its document that counts has it.
-- report_no: the report's key as a number, which facts are kept by; a test holds that no two reports share one.
-- depends_on: {{ ref('stg_replaced') }}
{{ config(materialized='incremental', incremental_strategy='append', meta={'slice': 'reading', 'tested_slice': ''}) }}
select {{ report_number('reports.report_id') }} as report_no, reports.*
from {{ source('landing', 'reports') }} as reports
inner join {{ ref('stg_document_reading') }} using (document_sha256, load_id)
