-- Grain: one row an applicant column of section three, and one for figures that have no applicant columns.
{{ config(tags=['registry']) }}
select applicant_key, applicant_order, name_zh, name_en, is_total
from {{ ref('applicant') }}
