-- Grain: one row a document met by a load that counts.
{{ config(materialized='incremental', incremental_strategy='delete+insert', unique_key='document_sha256') }}
{% set words = ['published_on', 'name', 'hint_title', 'hint_agency', 'hint_year'] %}
select
    document_sha256,
    min(first_load_id) as first_load_id,
    min(first_seen_at) as first_retrieved_at,
    {% for word in words -%}
    arg_max({{ word }}, concat_ws(' ', {{ word }}_load_id, address, source)) as {{ word }},
    {% endfor -%}
    max(size_bytes) as size_bytes
from {{ ref('stg_meeting') }}
{% if is_slice() -%}
where document_sha256 in (select document_sha256 from {{ source('landing', 'documents') }})
{% endif -%}
group by document_sha256
