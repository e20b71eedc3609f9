-- Grain: one row a place and spelling that reports may print for it.
-- full: the registry's name, or the name the place had. short: without the peoples named in it (玉屏侗族自治县 -> 玉屏县,
-- 恩施土家族苗族自治州 -> 恩施州), a zone by its short name (高新区), a street in other words (桂花坪办事处, 白云街, 砲里街办); the
-- customary short names (前郭县) are a seed.
-- bare: without its class as well (贵溪市 -> 贵溪, 内蒙古自治区 -> 内蒙古), for provinces, cities and counties only.
-- raised: what a township is called if it has become a town or a street since (耳口乡 -> 耳口镇), where its county has none so
-- called. Such a name does not stand for the place by itself, but keeps namesakes from being taken for sure.
-- path is the code by which the place stands below others: a former county's townships are found below its old number and
-- its new one. needs_anchor marks names too common to stand for a place by themselves (城区, 经济开发区, 林场).
{{ config(tags=['registry']) }}
{% set peoples = '((汉|蒙古|回|藏|蔵|维吾尔|苗|彝|壮|布依|朝鲜|满|侗|瑶|白|土家|哈尼|哈萨克|傣|黎|傈僳|佤|畲|高山|拉祜|水|东乡|纳西|景颇|柯尔克孜|土|达斡尔|仫佬|羌|布朗|撒拉|毛南|仡佬|锡伯|阿昌|普米|塔吉克|怒|乌孜别克|俄罗斯|鄂温克|德昂|保安|裕固|京|塔塔尔|独龙|鄂伦春|赫哲|门巴|珞巴|基诺|各)族|维吾尔|哈萨克|蒙古|锡伯|塔吉克|柯尔克孜)' %}
with full_names as (
    select code, code as path, level, {{ fold_agency('name') }} as name from {{ ref('int_place') }}
    union all
    select
        former.successor_code as code,
        case when former.level = 'township' then former.code else former.registry_code end as path,
        former.level,
        {{ fold_agency('former.name') }} as name
    from {{ ref('division_former') }} as former
    where former.successor_code in (select code from {{ ref('int_place') }})
),

without_peoples as (
    select
        code,
        path,
        level,
        case
            when level = 'province' then regexp_replace(name, '{{ peoples }}*自治区$', '自治区')
            when level = 'township' then regexp_replace(name, '({{ peoples }}+|民族)(民族)?(乡|镇)$', '\5')
            else regexp_replace(name, '{{ peoples }}*自治(州|县|旗)$', '\3')
        end as name
    from full_names
),

short_names as (
    select code, path, level, name from without_peoples where level <> 'province'
    union all
    select code, path, level, regexp_replace(name, '(.{2})街道$', '\1' || ending)
    from full_names
    cross join (values ('办事处'), ('街'), ('街办'), ('街办事处')) as endings (ending)
    where level = 'township' and name like '%街道'
    union all
    select code, path, level, regexp_replace(regexp_replace(name, '高新技术产业开发区$', '高新区'), '经济技术开发区$', '经开区')
    from full_names where level in ('county', 'township')
),

-- what today's townships may be called since the registry was made: a 乡 becomes a 镇, a 镇 a 街道
raised_names as (
    select code, path, level, regexp_replace(name, '(乡|镇)$', class) as name
    from without_peoples
    cross join (values ('镇'), ('街道')) as classes (class)
    where level = 'township'
        and regexp_matches(name, '.{2}(乡|镇)$')
        and not ends_with(name, class)
        and code = path
        and code in (select code from {{ ref('int_place') }} where valid_to_year is null)
),

bare_names as (
    select code, path, level, regexp_replace(name, '(特别行政区|自治区|省|地区|林区|特区|新区|州|盟|市|县|区|旗)$', '') as name
    from without_peoples
    where level <> 'township' and not regexp_matches(name, '(开发|园|示范|管理|保税|合作|集聚|景|食品|名胜)区$|新城$|管委会$')
),

spelled as (
    select *, 'full' as kind from full_names
    union
    -- a county may have both a 侯集镇 and a 侯集回族镇
    select short_names.*, 'short' as kind from short_names
    where length(short_names.name) > 2
        and not exists (
            from full_names as listed where listed.name = short_names.name and left(listed.path, 6) = left(short_names.path, 6)
        )
    union
    select place.code, place.code as path, place.level, alias.printed_name as name, 'short' as kind
    from {{ ref('place_alias') }} as alias
    inner join {{ ref('int_place') }} as place using (code)
    union
    -- the town 乌镇 is listed as 乌镇镇
    select code, path, level, left(name, -1) as name, 'short' as kind from full_names where level = 'township' and name like '%镇镇'
    union
    select raised.*, 'raised' as kind from raised_names as raised
    where not exists (
            from full_names as listed where listed.name = raised.name and left(listed.path, 6) = left(raised.path, 6)
        )
    union
    select *, 'bare' as kind from bare_names
    where length(name) >= 2
)

select
    code,
    path,
    level,
    name,
    kind,
    (
        level = 'township'
        and (
            length(name) < 3
            or not regexp_matches(name, '(镇|乡|街道|苏木|地区|办事处)$')
            and (
                length(name) < 5
                or regexp_matches(
                    name,
                    '^(经济|高新|工业|产业|农业|现代|综合|循环|生态|旅游|国营|城市|科技|物流|新型|临港|临空|空港|商贸|文化|化工|食品|省|市|县|区)'
                )
            )
        )
        or level = 'county' and regexp_matches(name, '^.区$')
        or regexp_matches(name, '^(高新技术产业|经济技术|经济|工业|产业)?(开发区|园区|新区|高新区|经开区)$')
    ) as needs_anchor
from spelled
-- the registry counts some bodies and firms as townships (社会发展局)
where level <> 'township' or not regexp_matches(name, '(局|中心|公司|监狱|厂|院|所|委员会)$')
