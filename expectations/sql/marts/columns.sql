-- Grain: one row a mart and column that is declared or there. declared, found: its type, （无） on the side that lacks it.
with found as (
    select table_name as mart, column_name, data_type as type
    from duckdb_columns()
    where database_name = 'built' and schema_name = 'marts'
),

spelled as (
    select mart, column_name,
           replace(lower(declared.type), ' ', '') as declared,
           replace(lower(found.type), ' ', '') as found
    from declared_columns as declared
    full join found using (mart, column_name)
)

select mart, column_name, coalesce(declared, '（无）') as declared, coalesce(found, '（无）') as found
from spelled
order by all
