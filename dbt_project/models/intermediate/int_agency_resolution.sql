-- Grain: one row an agency's name as printed, source and place of the source: which agency it is, and how we know.
-- In order: a reviewed alias; the only place that the name fits; of several the only one in the source's place; a name
-- without a place (县教育局) in a source that covers just such a place. Else the agency gets a key of its own, with its
-- candidates if it has any. Nothing is guessed.
{{ config(materialized='incremental', incremental_strategy='append') }}
with printed as (
    select printed.*, source_place.level as source_level, source_place.name as source_name
    from {{ ref('int_agency_printed') }} as printed
    left join {{ ref('int_place') }} as source_place on printed.source_place = source_place.code
    {% if is_slice() -%}
    anti join {{ this }} as known
        on known.agency_printed = printed.agency_printed
        and known.source = printed.source
        and known.source_place is not distinct from printed.source_place
    {%- endif %}
),

aliases as (
    select source, {{ fold_agency('printed_name') }} as agency_folded, agency_key
    from {{ ref('agency_alias') }}
),

aliased as (
    select
        printed.agency_printed,
        printed.source,
        printed.source_place,
        arg_max(aliases.agency_key, aliases.source is not null) as agency_key
    from printed
    inner join aliases
        on aliases.agency_folded = printed.agency_folded and coalesce(aliases.source, printed.source) = printed.source
    group by all
),

-- a candidate is near if it is in the source's place, or above it and named with its class
fitted as (
    select
        printed.agency_printed,
        printed.source,
        printed.source_place,
        candidate.place_code,
        candidate.own_name,
        candidate.links,
        candidate.is_body,
        candidate.is_raised,
        place.level as place_level,
        place.is_invented,
        place.full_name || coalesce(candidate.own_name, '') as readable,
        printed.source_level is not null as has_scope,
        coalesce(
            starts_with(candidate.place_code, printed.source_place)
            or starts_with(printed.source_place, candidate.place_code) and not candidate.is_bare, false
        ) as is_near
    from printed
    inner join {{ ref('int_agency_candidate') }} as candidate using (agency_folded)
    inner join {{ ref('int_place') }} as place on candidate.place_code = place.code
    where not candidate.needs_source or coalesce(starts_with(candidate.place_code, printed.source_place), false)
),

-- the samples' invented places are no candidates beside real ones, except for the samples' own sources
real as (
    select * from fitted
    qualify not is_invented or is_near
        or bool_and(is_invented) over (partition by agency_printed, source, source_place)
),

-- what a township may be called since matters only where no place that is so called is near, and not two are
named as (
    select * from real
    window named_so as (partition by agency_printed, source, source_place)
    qualify not is_raised or (
        count(*) filter (where not is_raised) over named_so <= 1
        and count(*) filter (where not is_raised and is_near) over named_so = 0
    )
),

counted as (
    select
        agency_printed,
        source,
        source_place,
        bool_or(has_scope) as has_scope,
        bool_and(is_body) as is_body,
        bool_and(is_raised) as is_raised,
        count(*) as candidate_count,
        count(*) filter (where is_near) as near_count,
        min(place_code) as first_code,
        min(place_code) filter (where is_near) as near_code,
        list(own_name order by place_code)[1] as first_own_name,
        (list(own_name order by place_code) filter (where is_near))[1] as near_own_name,
        max(links) as links,
        case when min(place_level) = max(place_level) then min(place_level) end as shared_level,
        list(readable order by place_code) as candidates,
        list(readable order by place_code) filter (where is_near) as near_candidates
    from named
    group by all
),

-- names that begin with no place, or with the word for one: the class of the source's own place (县 for 滑县)
worded as (
    select
        *,
        case
            when regexp_matches(agency_folded, '^(市场|市政|市容|乡村|区域|镇村|县域)') then ''
            else regexp_extract(agency_folded, '^(自治区|自治州|自治县|自治旗|省|市|州|盟|地区|县|区|旗|镇|乡|街道)', 1)
        end as place_word
    from printed
),

rested as (
    select *, substr(agency_folded, length(place_word) + 1) as rest from worded
),

placeless as (
    select
        rested.*,
        department.standard_name,
        {{ own_name_kind('rested.rest', 'department.standard_name is not null', "left(rested.rest, 2) in (select left(printed_name, 2) from " ~ ref('department_name') ~ ')') }} as own_kind
    from rested
    left join {{ ref('department_name') }} as department on department.printed_name = rested.rest
),

judged as (
    select
        placeless.agency_printed,
        placeless.source,
        placeless.source_place,
        placeless.agency_folded,
        placeless.rest,
        placeless.standard_name,
        counted.* exclude (agency_printed, source, source_place),
        aliased.agency_key as alias_key,
        case
            when aliased.agency_key is not null then 'alias'
            when not counted.is_body then 'no_body'
            when counted.candidate_count = 1 and counted.near_count = 0 and counted.is_raised then 'other_class'
            when counted.candidate_count = 1 and (not counted.has_scope or counted.near_count = 1 or counted.links > 1) then 'printed_name'
            when counted.candidate_count > 1 and counted.near_count = 1 then 'source_place'
            when counted.candidate_count = 1 then 'outside_source_place'
            when counted.candidate_count > 1 then 'several_places'
            when placeless.place_word <> '' and ends_with(placeless.source_name, placeless.place_word)
                and (placeless.rest = '' or placeless.own_kind in ('known', 'body', 'branch'))
                then 'source_place_word'
            when placeless.place_word = '' and placeless.source_level = 'county' and placeless.own_kind in ('known', 'town')
                then 'source_place_only'
            else 'no_place'
        end as resolution_evidence
    from placeless
    left join counted
        on counted.agency_printed = placeless.agency_printed
        and counted.source = placeless.source
        and counted.source_place is not distinct from placeless.source_place
    left join aliased
        on aliased.agency_printed = placeless.agency_printed
        and aliased.source = placeless.source
        and aliased.source_place is not distinct from placeless.source_place
),

placed as (
    select
        agency_printed,
        source,
        source_place,
        agency_folded,
        resolution_evidence,
        case resolution_evidence
            when 'alias' then split_part(alias_key, ':', 1)
            when 'printed_name' then first_code
            when 'source_place' then near_code
            when 'source_place_word' then source_place
            when 'source_place_only' then source_place
        end as place_code,
        case resolution_evidence
            when 'alias' then nullif(regexp_extract(alias_key, ':(.*)$', 1), '')
            when 'source_place_word' then nullif(coalesce(standard_name, rest), '')
            when 'source_place_only' then coalesce(standard_name, rest)
            when 'source_place' then near_own_name
            else first_own_name
        end as own_name,
        case when resolution_evidence in ('several_places', 'outside_source_place', 'other_class') then shared_level end as shared_level,
        case
            when resolution_evidence = 'several_places' and near_count > 0 then near_candidates
            when resolution_evidence in ('several_places', 'outside_source_place', 'no_body', 'other_class') then candidates
        end as candidates
    from judged
)

select
    agency_printed,
    source,
    source_place,
    agency_folded,
    case
        when place_code is null then 'unresolved:' || source || ':' || agency_folded
        when own_name is null then place_code
        else place_code || ':' || own_name
    end as agency_key,
    place_code,
    own_name,
    shared_level,
    case
        when place_code is not null then 'resolved'
        when resolution_evidence = 'several_places' then 'ambiguous'
        else 'unresolved'
    end as resolution,
    resolution_evidence,
    candidates
from placed
