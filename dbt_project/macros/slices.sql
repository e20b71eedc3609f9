{# A build is full (everything from the landing zone) or a slice: the last published state and what one load changes of it.
   Models ask this, never is_incremental(): views and tables made whole need to know it, too. #}
{% macro is_slice() -%}
    {{ return(env_var('GONGKAI_BUILD', 'full') == 'slice') }}
{%- endmacro %}

{# A relation of the state file that a hook looks at, without making it a dependency of the model. #}
{% macro state_relation(schema, name) -%}
    {{ return(api.Relation.create(database=none if target.type == 'spark' else 'state', schema=schema, identifier=name, type='table')) }}
{%- endmacro %}

{# A table that a view in the warehouse reads, without the name of the database: the file is renamed when it is published. #}
{% macro published(name) -%}
    {{ return(ref(name).include(database=false)) }}
{%- endmacro %}

{# Whether a row of an agency and year is made anew in this build. #}
{% macro touched(agency_key, year) -%}
    {%- if is_slice() -%}
    ({{ agency_key }}, {{ year }}) in (select (agency_key, year) from {{ ref('int_touched_agency_year') }})
    {%- else -%} true
    {%- endif -%}
{%- endmacro %}

{# Whether a row of a report is made anew in this build. #}
{% macro touched_report(report_id) -%}
    {%- if is_slice() -%} {{ report_id }} in (select report_id from {{ ref('int_touched_report') }})
    {%- else -%} true
    {%- endif -%}
{%- endmacro %}

{# Whether a row of a report is made anew from figures in this build: before rules over many agencies have been asked. #}
{% macro changed_report(report_id) -%}
    {%- if is_slice() -%} {{ report_id }} in (select report_id from {{ ref('int_changed_report') }})
    {%- else -%} true
    {%- endif -%}
{%- endmacro %}

{# Whether a row of a whole year is made anew in this build: what is said of it must rest on reports of that year alone. #}
{% macro touched_year(year) -%}
    {%- if is_slice() -%} {{ year }} in (select year from {{ ref('int_touched_agency_year') }} where is_own)
    {%- else -%} true
    {%- endif -%}
{%- endmacro %}

{# What of a relation is made anew in this build, as a condition on its rows; empty if it is not made by slices. #}
{% macro slice_condition(slice) -%}
    {%- if slice == 'agency_year' -%}
    (agency_key, year) in (select (agency_key, year) from {{ state_relation('intermediate', 'int_touched_agency_year') }})
    {%- elif slice == 'report' -%}
    report_id in (select report_id from {{ state_relation('intermediate', 'int_touched_report') }})
    {%- elif slice == 'changed_report' -%}
    report_id in (select report_id from {{ state_relation('intermediate', 'int_changed_report') }})
    {%- elif slice == 'year' -%}
    year in (select year from {{ state_relation('intermediate', 'int_touched_agency_year') }} where is_own)
    {%- elif slice == 'reading' -%}
    report_no in (select report_no from {{ state_relation('staging', 'stg_replaced') }})
    {%- elif slice == 'read' -%}
    report_no in (
        select report_no from {{ state_relation('staging', 'stg_reading') }} where load_id = '{{ env_var("GONGKAI_LOAD_ID") }}'
    )
    {%- elif slice == 'document' -%}
    document_sha256 in (
        select document_sha256 from {{ state_relation('staging', 'stg_document_reading') }}
        where load_id = '{{ env_var("GONGKAI_LOAD_ID") }}'
    )
    {%- elif slice -%}
    {{ exceptions.raise_compiler_error('unknown slice ' ~ slice) }}
    {%- endif -%}
{%- endmacro %}

{# Before a model with `meta: {slice: …}` adds its rows: delete those that this build makes anew. #}
{% macro forget_slice() -%}
    {%- set slice = model.config.meta.get('slice') -%}
    {%- if execute and slice and is_slice() and load_relation(this) is not none -%}
    delete from {{ this }} where {{ slice_condition(slice) }}
    {%- endif -%}
{%- endmacro %}

{# Before a model by loads adds its rows: delete those of this load, of an attempt that came to nothing. #}
{% macro forget_load() -%}
    {%- if execute and is_slice() and load_relation(this) is not none -%}
    delete from {{ this }} where load_id = '{{ env_var("GONGKAI_LOAD_ID") }}'
    {%- endif -%}
{%- endmacro %}

{# Before a table with `meta: {remember: [keys]}` is made anew: keep its keys and a mark of each row, to see what has changed. #}
{% macro remember() -%}
    {%- set keys = model.config.meta.get('remember') -%}
    {%- if execute and keys and is_slice() and load_relation(this) is not none -%}
    create or replace table {{ state_relation('intermediate', this.identifier ~ '__before') }} as
    {{ marked_rows(this, keys, model.config.meta.get('remember_except', [])) }}
    {%- endif -%}
{%- endmacro %}

{# A number that changes with anything in a row. Only builds on top of the last one look at it; Spark makes none. #}
{% macro row_mark(row) -%} {{ return(adapter.dispatch('row_mark', 'gongkai')(row)) }} {%- endmacro %}
{% macro default__row_mark(row) -%} hash({{ row }}) {%- endmacro %}
{% macro spark__row_mark(row) -%} cast(0 as bigint) {%- endmacro %}

{% macro marked_rows(relation, keys, excepted) -%}
    select {{ keys | join(', ') }}, {{ row_mark('marked') }} as mark
    from (select * {% if excepted %} exclude ({{ excepted | join(', ') }}) {% endif %} from {{ relation }}) as marked
{%- endmacro %}

{# The keys of the rows that a remembered table has now and had not, or had and has no more, or has with other contents.
   name: the model, with `meta: {remember: [keys]}`; keys: which of its keys are wanted. #}
{% macro changed_rows(name, keys) -%}
    {%- set relation = ref(name) -%}
    {%- if execute -%}
    {%- set meta = (graph.nodes.values() | selectattr('resource_type', 'equalto', 'model') | selectattr('name', 'equalto', name) | first).config.meta -%}
    {%- set after = marked_rows(relation, meta.remember, meta.get('remember_except', [])) -%}
    {%- set before = state_relation('intermediate', name ~ '__before') -%}
    select {{ keys | join(', ') }}
    from (
        (select * from {{ before }} except select * from ({{ after }}))
        union all
        (select * from ({{ after }}) except select * from {{ before }})
    )
    {%- endif -%}
{%- endmacro %}

{# What this build has made anew of a relation that is made by slices; the relation itself in a build of everything.
   where: a further condition. Tests look at this: the rest has been tested by the load that made it. #}
{% macro made_anew(relation, where='') -%}
    {%- set conditions = [where] -%}
    {%- if execute and is_slice() -%}
        {%- for node in graph.nodes.values() if node.resource_type == 'model' and node.alias == relation.identifier and node.schema == relation.schema -%}
            {%- set slice = node.config.meta.get('tested_slice', node.config.meta.get('slice')) -%}
            {%- do conditions.append(slice_condition('read' if slice == 'reading' else slice) | trim) -%}
        {%- endfor -%}
    {%- endif -%}
    {%- set conditions = conditions | select | list -%}
    {%- do return('(select * from ' ~ relation ~ ' where ' ~ conditions | join(' and ') ~ ')' if conditions else relation) -%}
{%- endmacro %}

{% macro get_where_subquery(relation) -%}
    {%- set tested = made_anew(relation, config.get('where', '')) -%}
    {%- do return(tested if tested == relation else tested ~ ' dbt_subquery') -%}
{%- endmacro %}
