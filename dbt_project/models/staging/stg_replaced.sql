-- Grain: one row a report of an earlier reading of a document that this load has read again: what its new reading replaces.
-- Looked up in the state as it was, before `stg_reading` takes the new reading up; none in a build of everything.
{{ config(materialized='table') }}
{% set before = state_relation('staging', 'stg_reading') -%}
{% if is_slice() -%}
select before.report_no, before.report_id, before.document_sha256, before.load_id
from {{ before }} as before
inner join {{ ref('stg_document_reading') }} as reading using (document_sha256)
where reading.load_id = '{{ env_var("GONGKAI_LOAD_ID") }}'
{%- else -%}
-- {{ ref('stg_document_reading') }}
select
    cast(null as bigint) as report_no,
    cast(null as varchar) as report_id,
    cast(null as varchar) as document_sha256,
    cast(null as varchar) as load_id
where false
{%- endif %}
