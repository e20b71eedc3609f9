-- Grain: one row a statement of a source about who must file, as of the last load that counts and pulled the source.
-- A source whose last statement is that it expects nothing has no row.
select * from {{ ref('stg_statement') }} where origin <> 'none'
