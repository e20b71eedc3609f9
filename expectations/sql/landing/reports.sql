-- Grain: one row a report of the load, with what its cells add up to.
with variant_sizes as (
    select generation, alternative, count(*) as size
    from form_cells
    group by generation, alternative
),

-- how many cells of the report each set of cells of its generation knows
matches as (
    select reports.report_id, form_cells.alternative, count(*) as known
    from reports
    join cells using (report_id)
    join form_cells
        on form_cells.generation = reports.generation
        and form_cells.metric = cells.metric
        and form_cells.applicant = cells.applicant
    group by reports.report_id, form_cells.alternative
),

best as (
    select matches.report_id,
           variant_sizes.size as cells_of_form,
           matches.known as cells_known,
           row_number() over (
               partition by matches.report_id
               order by variant_sizes.size - matches.known, matches.known desc, matches.alternative
           ) as choice
    from matches
    join reports using (report_id)
    join variant_sizes on variant_sizes.generation = reports.generation and variant_sizes.alternative = matches.alternative
),

cell_facts as (
    select cells.report_id,
           count(*) as cells,
           count(*) filter (where status = 'reported') as cells_reported,
           count(*) filter (where status = 'doubtful') as cells_doubtful,
           count(*) filter (where status = 'missing') as cells_missing,
           count(*) filter (where status = 'reported' and value is null) as reported_without_value,
           count(*) filter (where status in ('blank', 'not_applicable', 'text', 'missing') and value is not null) as value_without_number,
           count(*) filter (
               where status <> 'missing' and page is null and path is null and line is null
               -- the warehouse keeps one kind of place a cell
               or (page is not null)::integer + (path is not null)::integer + (line is not null)::integer > 1
           ) as cells_without_place,
           count(*) filter (where page is not null and (x0 is null or top is null or x1 is null or bottom is null)) as pages_without_box,
           count(*) filter (
               where status = 'reported' and not traits.signed
               and (value < 0 or (traits.unit in ('件', '项') and value <> trunc(value)))
           ) as not_counts,
           count(*) filter (
               where status = 'reported' and not traits.signed
               and (value < 0 or (traits.unit in ('件', '项') and value <> trunc(value)))
               and not exists (
                   select 1 from findings
                   where findings.report_id = cells.report_id and findings.rule = 'non_negative'
                   and findings.metric = cells.metric and findings.applicant is not distinct from cells.applicant
               )
           ) as not_counts_unnoticed
    from cells
    left join metric_traits as traits on traits.metric = cells.metric
    group by cells.report_id
)

select reports.report_id,
       coalesce(reports.title, reports.document_path, reports.document_sha256) as title,
       nullif(trim(reports.agency), '') as agency,
       reports.year,
       coalesce(reports.generation, '') as generation,
       coalesce(cell_facts.cells, 0) as cells,
       coalesce(cell_facts.cells, 0) - coalesce(cell_facts.cells_missing, 0) as cells_found,
       -- null where nothing was found: such a report is held for that, not for its shape
       case when cells_found > 0 then cell_facts.cells end as cells_counted,
       case when cells_found > 0
            then greatest(coalesce(best.cells_of_form, 0) - coalesce(best.cells_known, 0), 0) end as cells_lacking,
       case when cells_found > 0 then cell_facts.cells - coalesce(best.cells_known, 0) end as cells_foreign,
       reports.cells_expected,
       (
           (reports.source is null)::integer + (reports.document_path is null)::integer + (reports.format is null)::integer
           + (reports.reader_version is null)::integer + (reports.retrieved_at is null)::integer
       ) as provenance_lacking,
       coalesce(cell_facts.cells_reported, 0) as cells_reported,
       coalesce(cell_facts.cells_doubtful, 0) as cells_doubtful,
       coalesce(cell_facts.cells_missing, 0) as cells_missing,
       abs(coalesce(reports.cells_reported, 0) - coalesce(cell_facts.cells_reported, 0))
       + abs(coalesce(reports.cells_doubtful, 0) - coalesce(cell_facts.cells_doubtful, 0))
       + abs(coalesce(reports.cells_missing, 0) - coalesce(cell_facts.cells_missing, 0)) as counts_off,
       coalesce(cell_facts.reported_without_value, 0) as reported_without_value,
       coalesce(cell_facts.value_without_number, 0) as value_without_number,
       coalesce(cell_facts.cells_without_place, 0) as cells_without_place,
       coalesce(cell_facts.pages_without_box, 0) as pages_without_box,
       coalesce(cell_facts.not_counts, 0) as not_counts,
       coalesce(cell_facts.not_counts_unnoticed, 0) as not_counts_unnoticed
from reports
left join cell_facts using (report_id)
left join best on best.report_id = reports.report_id and best.choice = 1
order by reports.report_id
