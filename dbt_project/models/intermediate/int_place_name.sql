-- Grain: one row a place and spelling that reports may print for it.
-- full: the registry's name. short: without the peoples named in it (玉屏侗族自治县 -> 玉屏县, 恩施土家族苗族自治州 -> 恩施州).
-- bare: without its class as well (贵溪市 -> 贵溪, 内蒙古自治区 -> 内蒙古), for provinces, cities and counties only.
{% set peoples = '((汉|蒙古|回|藏|蔵|维吾尔|苗|彝|壮|布依|朝鲜|满|侗|瑶|白|土家|哈尼|哈萨克|傣|黎|傈僳|佤|畲|高山|拉祜|水|东乡|纳西|景颇|柯尔克孜|土|达斡尔|仫佬|羌|布朗|撒拉|毛南|仡佬|锡伯|阿昌|普米|塔吉克|怒|乌孜别克|俄罗斯|鄂温克|德昂|保安|裕固|京|塔塔尔|独龙|鄂伦春|赫哲|门巴|珞巴|基诺|各)族|维吾尔|哈萨克|蒙古|锡伯|塔吉克|柯尔克孜)' %}
with full_names as (
    select code, level, {{ fold_place('name') }} as name from {{ ref('int_place') }}
),

without_peoples as (
    select
        code,
        level,
        case
            when level = 'province' then regexp_replace(name, '{{ peoples }}*自治区$', '自治区')
            when level = 'township' then regexp_replace(name, '({{ peoples }}+|民族)(民族)?乡$', '乡')
            else regexp_replace(name, '{{ peoples }}*自治(州|县|旗)$', '\3')
        end as name
    from full_names
),

bare_names as (
    select code, level, regexp_replace(name, '(特别行政区|自治区|省|地区|林区|特区|新区|州|盟|市|县|区|旗)$', '') as name
    from without_peoples
    where level <> 'township'
)

select code, name, 'full' as kind from full_names
union all
select without_peoples.code, without_peoples.name, 'short' as kind
from without_peoples
inner join full_names using (code)
where without_peoples.name <> full_names.name and without_peoples.level <> 'province' and length(without_peoples.name) > 2
union all
select bare_names.code, bare_names.name, 'bare' as kind
from bare_names
where length(bare_names.name) >= 2
