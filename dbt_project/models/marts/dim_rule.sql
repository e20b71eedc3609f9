{{ config(tags=['registry']) }}
-- Grain: one row a rule that findings name.
select rule, rule_order, name_zh, name_en, scope, severity, definition_zh
from {{ ref('rule') }}
