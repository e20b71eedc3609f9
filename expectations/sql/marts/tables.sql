-- Grain: one row a mart that readers are promised. found: whether the build has it.
select declared.mart, count(tables.name) > 0 as found
from (select distinct mart from declared_columns) as declared
left join (
    select table_name as name from duckdb_tables() where database_name = 'built' and schema_name = 'marts'
    union all
    select view_name from duckdb_views() where database_name = 'built' and schema_name = 'marts'
) as tables on tables.name = declared.mart
group by declared.mart
order by declared.mart
