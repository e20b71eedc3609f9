-- Grain: one row an agency, year and channel (行政复议, 未经复议直接起诉, 复议后起诉, and 行政诉讼 as the sum of the last two) in which
-- the report counts a case. correction_rate: corrected of decided (upheld, corrected, other), null where none was
-- decided or a part is not known; on litigation it is the share of lawsuits lost.
-- A view: the wide mart's columns one under the other.
{{ config(materialized='view', tags=['settled'], meta={'tested_slice': 'agency_year'}) }}
{% set channels = {
    'review': '行政复议', 'litigation_direct': '未经复议直接起诉', 'litigation_after_review': '复议后起诉', 'litigation': '行政诉讼合计',
} %}
{% set results = ['upheld', 'corrected', 'other', 'pending', 'total'] %}
with telling as (
    select *
    from {{ published('mart_agency_year') }}
    where
        {% for channel in ['review', 'litigation_direct', 'litigation_after_review'] -%}
        {%- set outer = loop -%}
        {%- for result in results -%}
        {{ channel }}_{{ result }} > 0 {{ "or " if not (outer.last and loop.last) }}
        {%- endfor -%}
        {%- endfor %}
),

channels (channel, channel_zh, channel_order) as (
    values
    {% for channel, zh in channels.items() -%}
    ('{{ channel }}', '{{ zh }}', {{ loop.index }}){{ "," if not loop.last }}
    {% endfor %}
),

spread as (
    select
        {{ agency_columns('telling') }},
        channels.*,
        {% for result in results -%}
        case channels.channel
            {% for channel in channels -%}
            when '{{ channel }}' then telling.{{ channel }}_{{ result }}
            {% endfor %}
        end as {{ result }}{{ "," if not loop.last }}
        {% endfor %}
    from telling
    cross join channels
),

decided as (
    select *, cast(upheld + corrected + other as decimal(24, 6)) as decided from spread
)

select
    {{ agency_columns('decided') }},
    channel,
    channel_zh,
    channel_order,
    channel = 'litigation' as is_sum,
    upheld,
    corrected,
    other,
    pending,
    total,
    decided,
    {{ rate('corrected', 'decided') }} as correction_rate
from decided
where greatest(coalesce(upheld, 0), coalesce(corrected, 0), coalesce(other, 0), coalesce(pending, 0), coalesce(total, 0)) > 0
