-- Grain: one row a document and address (within a source) at which a load that counts has met it.
-- Of what lists and folders say of it the last word counts; beside each word stands the load that said it, so that the words
-- of later loads can be added without those before them.
{{ config(materialized='incremental', incremental_strategy='delete+insert', unique_key=['source', 'address', 'document_sha256']) }}
{% set words = ['published_on', 'name', 'hint_title', 'hint_agency', 'hint_year'] %}
with met as (
    select
        documents.source,
        coalesce(documents.address, '') as address,
        documents.document_sha256,
        documents.load_id as first_load_id,
        documents.retrieved_at as first_seen_at,
        documents.size_bytes,
        {% for word in words -%}
        documents.{{ word }},
        case when documents.{{ word }} is not null then documents.load_id end as {{ word }}_load_id{{ ',' if not loop.last }}
        {% endfor %}
    from {{ source('landing', 'documents') }} as documents
    inner join {{ ref('stg_load') }} using (load_id)
)

{%- if is_slice() %},

known as (
    select before.*
    from {{ this }} as before
    semi join met using (source, address, document_sha256)
),

all_met as (
    select * from met
    union all by name
    select * from known
)
{%- endif %}

select
    source,
    address,
    document_sha256,
    min(first_load_id) as first_load_id,
    min(first_seen_at) as first_seen_at,
    max(size_bytes) as size_bytes,
    {% for word in words -%}
    arg_max({{ word }}, {{ word }}_load_id) as {{ word }},
    max({{ word }}_load_id) as {{ word }}_load_id{{ ',' if not loop.last }}
    {% endfor %}
from {{ 'all_met' if is_slice() else 'met' }}
group by source, address, document_sha256
