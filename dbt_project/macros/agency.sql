{# A folded name with the words for an administration in one spelling: 街道办事处 is the 街道, 管理委员会 the 管委会. #}
{% macro fold_place(expression) -%}
    regexp_replace(
        regexp_replace(
            regexp_replace(replace({{ fold(expression) }}, '管理委员会', '管委会'), '(街道|地区)办事处', '\1', 'g'),
            '街道办$', '街道'
        ),
        '街道(人民)?政府', '街道'
    )
{%- endmacro %}

{# A folded name without the seal's words behind it: 教育局(本级), and the second name of the same body: 自然资源局(林业局).
   What else stands in brackets (a branch, a station) is another body and stays. #}
{% macro without_second_name(expression) -%}
    regexp_replace(
        regexp_replace({{ expression }}, '([局厅])机关$', '\1'),
        '(.{3})\((本级|机关|局机关|本部|盖章|章|[^()]{1,14}[^分]局|[^()]{1,20}(办公室|委员会|管委会))\)$', '\1'
    )
{%- endmacro %}

{# An agency's name as it is compared and keyed: folded, without the 人民政府 behind a place's name or between it and the
   name of a body of that government (红桥区人民政府政务服务办公室), but with it where it is the body's own (人民政府办公室). #}
{% macro fold_agency(expression) -%}
    {%- set name = without_second_name(fold_place(expression)) -%}
    case
        -- whether 汝州 has its class behind it can't be told
        when regexp_matches({{ name }}, '^..人民政府$') then {{ name }}
        else regexp_replace(
            regexp_replace(
                regexp_replace(
                    regexp_replace({{ name }}, '^国家税务总局(.+税务局)$', '\1'),
                    '([省市县区旗盟州])(人民)?政府(办公室|办公厅|办)$', '\1#\3'
                ),
                '([省市县区旗盟州镇乡道木])(人民政府|政府$)', '\1', 'g'
            ),
            '#', '人民政府'
        )
    end
{%- endmacro %}

{# How the names of zones end, as an alternation for a regular expression. #}
{% macro zone_words() -%}
    开发区|高新区|经开区|园区|产业园|工业园|科技园|新区|新城|示范区|保税区|保税港区|综保区|管理区|风景区|风景名胜区|名胜区|合作区|度假区|试验区|集聚区|聚集区|经济区|功能区|先行区|实验区|保护区|工业区|景区
{%- endmacro %}

{# The kind of an agency that is no place of the registry, from how its own name ends. #}
{% macro level_of_name(expression) -%}
    case
        when regexp_matches({{ expression }}, '(镇|乡|街道|苏木)$') then 'township'
        when regexp_matches({{ expression }}, '({{ zone_words() }}|管委会)$') then 'zone'
        else 'department'
    end
{%- endmacro %}

{# Words that the names of bodies begin with, besides those that the names of departments in the seed begin with. #}
{% macro business_words() -%}
    党政|党群|平安|便民|综合|社会|经济|重点|重大|招商|房产|房屋|劳动|就业|人才|老龄|史志|党史|地方志|妇女|共青|文联|农机|农技|种子|渔业|渔政|动物|防汛|水文|水库|水产|河道|河长|湿地|森林|国土|土地|矿产|地质|测绘|不动产|建筑|建设|市政|市容|环卫|环境|公用|供水|供热|燃气|公路|道路|铁路|航道|港口|海事|民航|机场|邮政|通信|无线电|电力|能源|煤炭|盐业|旅游|会展|电子|信息|网络|网信|智慧|检验|质量|计量|标准|特种|疾病|妇幼|血液|急救|社保|养老|救助|殡葬|福利|慈善|婚姻|消防|武装|禁毒|交警|看守|拘留|强制|公证|法律|仲裁|会计|国库|非税|采购|债务|预算|评审|政策|研究|发展|改革|接待|保密|督查|机构编制|编制|事业|精神|移民|南水北调|黄河|长江|安全|法制|法治|清洁|节能|价格|物价|物流|口岸|对外|贸易|绿化|草原|蚕业|茶叶|果业|烟叶|蔬菜|粮油|储备|保障|执法|调查|国家
{%- endmacro %}

{# What may stand behind the name of a place, so that both are the name of a body of that place:
   known: a department whose name is in the seed · town: a town or township the registry lacks · zone: a zone, or a body of
   it · body: another name that begins and ends like a body's and holds no place of its own · branch: a bureau's branch, which does.
   Null is everything else: party committees, hospitals, schools, firms, several names in one, the words of a heading. #}
{% macro own_name_kind(expression, known, begins_known) -%}
    case
        when {{ known }} then 'known'
        when regexp_matches({{ expression }}, '[某各我该本、，,;；/\\&+0-9〔〕()《》“”"]|年度|报告|信息公开|公司|^(委|党[^政]|人民政府|政府|场|容|域|政[^府务法策研])|^(管理|建设|服务|综合|直属|中心)(管理|服务)?(委员会|局|处|所|站|队|中心|办公室|办)$')
            or regexp_matches({{ expression }}, '(党|县|市|区|镇|乡|纪|工|团)委|(局|厅|委员会).+([^分]局|厅|委员会)$')
            or length({{ expression }}) < 3 then null
        when regexp_matches({{ expression }}, '^[^省市县区旗镇乡]{1,8}(镇|乡|街道|苏木)$') then 'town'
        when regexp_matches(
            {{ expression }},
            '^[^省市县旗镇乡]{0,14}({{ zone_words() }})(管委会)?((党政)?办公室|.{2,12}(局|办公室|中心|管委会))?$'
        ) then 'zone'
        when regexp_matches({{ expression }}, '^[^省市县区旗镇乡盟州]{2,12}局[^省]{1,10}(分局|大队|支队|中队|派出所|监管所|所|站)$')
            and ({{ begins_known }}) then 'branch'
        when regexp_matches(
            {{ expression }}, '.{2}(局|厅|委员会|委|办公室|办|中心|站|所|队|署|联合会|总工会|联合社|管委会|指挥部)$'
        )
            -- 江西省无名教育局 is no body of 江西省: what stands before 教育局 may be a place
            and (
                {{ begins_known }}
                or regexp_matches({{ expression }}, '^({{ business_words() }})')
            )
            and not regexp_matches(
                regexp_replace(
                    {{ expression }},
                    '^(城区|矿区|林区|港区|湖区|山区|老区)|市场|市政|市容|城市|区域|区划|社区|街区|景区|片区|牧区|库区|灌区|垦区|城乡|乡村|乡镇|城镇|村镇|返乡|{{ zone_words() }}',
                    '', 'g'
                ),
                '[省市县区旗镇乡盟州]|街道'
            ) then 'body'
    end
{%- endmacro %}
