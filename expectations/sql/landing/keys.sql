-- Grain: one row a landing dataset of the load.
-- rows_without_key: a key column is null. rows_repeated: rows beyond the first of their key.
-- rows_of_another_load: load_id is not this load. rows_without_parent: what they refer to has not landed.
with keyed as (
    select 'documents' as dataset, load_id, document_sha256 is null as keyless,
           concat_ws('|', document_sha256, source, address) as key,
           false as orphaned
    from documents
    union all
    select 'reports', load_id, report_id is null, report_id,
           document_sha256 is null or document_sha256 not in (select document_sha256 from documents where document_sha256 is not null)
    from reports
    union all
    select 'rejects', load_id, document_sha256 is null or error_class is null, concat_ws('|', document_sha256, member, source, document_path),
           document_sha256 is null or document_sha256 not in (select document_sha256 from documents where document_sha256 is not null)
    from rejects
    union all
    select 'fetches', load_id, source is null or address is null or role is null or outcome is null or asked_load_id is null,
           concat_ws('|', source, address, role, outcome, asked_load_id),
           false
    from fetches
    union all
    select 'source_findings', load_id, source is null or rule is null or message is null, null, false
    from source_findings
    union all
    select 'expected_agencies', load_id, source is null or row_index is null or origin is null, concat_ws('|', source, row_index), false
    from expected_agencies
    union all
    select 'corrections', load_id, file is null or line is null or correction_id is null, concat_ws('|', file, line), false
    from corrections
    union all
    select 'decisions', load_id, decision_id is null or line is null, line::varchar, false
    from decisions
    union all
    select 'claims', load_id, report_id is null or claim_index is null, concat_ws('|', report_id, claim_index),
           report_id is null or report_id not in (select report_id from reports where report_id is not null)
    from claims
    union all
    select 'extras', load_id, report_id is null or extra_index is null, concat_ws('|', report_id, extra_index),
           report_id is null or report_id not in (select report_id from reports where report_id is not null)
    from extras
    union all
    -- findings have no key of their own: two sentences may break the same rule on the same cell
    select 'findings', load_id, report_id is null or rule is null, null,
           report_id is null or report_id not in (select report_id from reports where report_id is not null)
    from findings
),

-- cells are the one large dataset: their keys are compared as columns, without building a text for each
cell_repeats as (
    select coalesce(sum(n - 1), 0) as rows_repeated
    from (select count(*) as n from cells group by report_id, metric, applicant having count(*) > 1)
),

cell_summary as (
    select count(*) as rows,
           count(*) filter (where report_id is null or metric is null or applicant is null) as rows_without_key,
           count(*) filter (where load_id is distinct from (select load_id from this_load)) as rows_of_another_load,
           count(*) filter (
               where report_id is null or report_id not in (select report_id from reports where report_id is not null)
           ) as rows_without_parent
    from cells
)

select named.dataset,
       count(keyed.dataset) as rows,
       count(*) filter (where keyless) as rows_without_key,
       count(keyed.key) - count(distinct keyed.key) as rows_repeated,
       count(*) filter (where keyed.dataset is not null and load_id is distinct from (select load_id from this_load)) as rows_of_another_load,
       count(*) filter (where orphaned) as rows_without_parent
from (values ('documents'), ('reports'), ('rejects'), ('claims'), ('extras'), ('findings'), ('fetches'), ('source_findings'),
    ('expected_agencies'), ('corrections'), ('decisions')
) as named (dataset)
left join keyed on keyed.dataset = named.dataset
group by named.dataset
union all
select 'cells', rows, rows_without_key, rows_repeated, rows_of_another_load, rows_without_parent
from cell_summary, cell_repeats
order by dataset
