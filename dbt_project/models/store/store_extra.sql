-- Grain: one row a table row that the form does not know, as read; `fct_extra` puts agency and year to it.
{{ config(alias='extra', meta={'slice': 'reading'}) }}
select
    report_no,
    extra_index,
    label,
    raw,
    page,
    x0,
    top,
    x1,
    bottom,
    path,
    line
from {{ ref('stg_extra') }}
