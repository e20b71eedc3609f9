-- Grain: one row an agency and year with a report of the year before, or whose boundary changed in that year.
-- basis: same · form_changed (the two reports use different forms; what both print is compared) · merged (places were merged into its
-- own: the year before is the sum of all of them, known where all have reported) · boundary_changed (a part of a place came or went:
-- nothing is compared). A growth is null where the year before is 0 or unknown; the change of a rate is the difference of the shares.
{{ config(materialized='incremental', incremental_strategy='append', meta={'slice': 'agency_year'}) }}
{% set counts = [
    'requests_received', 'requests_total', 'requests_denied', 'review_total', 'litigation_total', 'licensing_decisions',
    'penalty_decisions', 'coercion_decisions', 'fees_amount', 'normative_documents_in_force',
] %}
{% set rates = ['grant_rate', 'denial_rate', 'review_correction_rate', 'litigation_loss_rate'] %}
with boundary as (
    select
        this_year.agency_key,
        this_year.year,
        change.whole_codes,
        nullif(regexp_extract(this_year.agency_key, '^[0-9]+:(.*)$', 1), '') as own_name
    from {{ ref('mart_agency_year') }} as this_year
    inner join {{ ref('int_boundary_change') }} as change
        on change.code = split_part(this_year.agency_key, ':', 1) and change.year = this_year.year
),

-- the agencies whose sum is the year before of one that took places over as a whole
parts as (
    select agency_key, year, agency_key as part_key from boundary where whole_codes is not null
    union all
    select agency_key, year, unnest(whole_codes) || coalesce(':' || own_name, '') from boundary where whole_codes is not null
),

part_figures as (
    select parts.agency_key as merged_key, parts.year as merged_year, figures.*
    from parts
    left join {{ ref('mart_agency_year') }} as figures
        on figures.agency_key = parts.part_key and figures.year = parts.year - 1
),

merged as (
    select
        merged_key as agency_key,
        merged_year as year,
        max(generation) as generation,
        {% for name in counts -%}
        case when count(*) = count({{ name }}) then sum({{ name }}) end as {{ name }},
        {% endfor -%}
        {% for name in rates -%}
        case when count(*) = count({{ name }}) then {{ metric_over(name) }} end as {{ name }}{{ "," if not loop.last }}
        {% endfor %}
    from part_figures
    group by merged_key, merged_year
),

before as (
    select
        last_year.agency_key,
        last_year.year + 1 as year,
        last_year.generation,
        {% for name in counts + rates -%}
        last_year.{{ name }}{{ "," if not loop.last }}
        {% endfor %}
    from {{ ref('mart_agency_year') }} as last_year
    where (last_year.agency_key, last_year.year + 1) not in (select (agency_key, year) from boundary)
    union all by name
    select * from merged
),

compared as (
    select
        {{ agency_columns('this_year') }},
        case
            when boundary.agency_key is not null and boundary.whole_codes is null then 'boundary_changed'
            when boundary.agency_key is not null then 'merged'
            when before.generation <> this_year.generation then 'form_changed'
            else 'same'
        end as basis,
        {% for name in counts + rates -%}
        this_year.{{ name }},
        before.{{ name }} as {{ name }}_previous{{ "," if not loop.last }}
        {% endfor %}
    from {{ ref('mart_agency_year') }} as this_year
    left join boundary on boundary.agency_key = this_year.agency_key and boundary.year = this_year.year
    left join before on before.agency_key = this_year.agency_key and before.year = this_year.year
    where before.agency_key is not null or boundary.agency_key is not null
)

select
    {{ agency_columns('compared') }},
    cast(year - 1 as integer) as previous_year,
    basis,
    case basis
        when 'same' then '可比'
        when 'form_changed' then '表样已换，比较两代都有的指标'
        when 'merged' then '区划合并，上年为合并各方之和'
        else '区划变动，不可比'
    end as basis_zh,
    {% for name in counts -%}
    {{ name }},
    cast({{ name }}_previous as decimal(24, 6)) as {{ name }}_previous,
    cast({{ name }} - {{ name }}_previous as decimal(24, 6)) as {{ name }}_change,
    case when {{ name }}_previous > 0 then cast({{ name }} - {{ name }}_previous as double) / cast({{ name }}_previous as double) end as {{ name }}_growth,
    {% endfor -%}
    {% for name in rates -%}
    {{ name }},
    {{ name }}_previous,
    {{ name }} - {{ name }}_previous as {{ name }}_change{{ "," if not loop.last }}
    {% endfor %}
from compared
where {{ touched('compared.agency_key', 'compared.year') }}
