"""Requests that mean harm, or mean nothing: each is refused at once, and no query is run for it."""

from __future__ import annotations

DEEP = 5_000

EXPRESSIONS: tuple[str, ...] = (
    # Nothing, halves, and things at the wrong place.
    "'", "''", "()", "(", ")", ",", "eq", "eq eq", "sex eq", "eq 'F'", "sex 'F'", "sex eq 'F", "sex eq \"F\"",
    "sex eq F", "sex = 'F'", "sex == 'F'", "sex eq 'F' and", "and sex eq 'F'", "not", "not not", "sex eq 'F' or or 1",
    "sex eq ('F','M')", "sex in", "sex in 'F',", "sex in ('F',)", "sex in ((('F'))", "in (1)", "sex in (sex)",
    "sex", "stays", "1", "'x'", "null", "stays_status", "stays eq eq 5", "stays eq 5 5", "5 stays eq", "stays eq 5;",
    # Types that do not fit.
    "sex eq 1", "sex eq true", "sex eq 2026-01-01", "stays eq '5'", "stays eq true", "stays gt 2026-01-01",
    "stays eq 01234567-89ab-cdef-0123-456789abcdef", "stays eq duration'PT1H'", "stays eq binary'AAAA'",
    "stays eq geography'POINT(1 1)'", "stays eq Namespace.Colour'Red'", "stays eq 12:30:00", "stays eq INF",
    "stays eq NaN", "stays eq -INF", "stays eq 99999999999999999999", "stays gt 1e400", "stays eq 1e9999",
    "stays eq 0x1F", "stays eq 5L", "stays eq 1_000", "mean_days eq 1e999", "synthetic eq 'true'", "stays has 'x'",
    "year(sex) eq 2020", "tolower(stays) eq 'x'", "contains(stays,'5')", "contains(sex,5)", "startswith(sex,null)",
    # What OData has and a table has not.
    "stays add 1 eq 2", "stays mul 2 gt 3", "-stays lt 0", "stays div 0 eq 1", "stays mod 2 eq 0",
    "concat(sex,'x') eq 'Fx'", "length(sex) gt 0", "substring(sex,0,1) eq 'F'", "indexof(sex,'F') eq 0",
    "trim(sex) eq 'F'", "round(stays) eq 5", "now() gt 2026-01-01", "cast(stays,Edm.String) eq '5'",
    "isof(Edm.String)", "matchesPattern(sex,'(a+)+$')", "stays gt deaths", "sex eq sex", "$it/sex eq 'F'",
    "sex/any(x:x eq 'F')", "Cells/all(c:c/stays gt 0)", "Cells/$count gt 1", "$root/Cells eq 1", "sex eq @p",
    "case(true:1)", "sex/length eq 1", "contains(sex,'F','M')", "contains(sex)", "contains()", "tolower() eq 'f'",
    "tolower(tolower(sex)) eq 'f'", "contains(tolower(upper(sex)),'f')", "sex in ['F']", "sex eq {\"a\":1}", "[] eq []",
    # Names that there are not, and SQL.
    "nothing eq 1", "Stays eq 1", "stays; drop table cells", "1=1", "stays eq 5 -- ", "sex eq 'F' union select 1",
    "sex eq 'F'; select 1", "stays eq (select 1)", "read_" "parquet('/etc/passwd') eq 1", "sex eq ''' or 1=1 --",
    "\"stays\" eq 5", "cells.stays eq 5", "sex eq 'F' /* x */", "getenv('HOME') eq 'x'", "_row eq 1", "_key0 eq 1",
    # Bytes that no text holds, and other scripts.
    "sex eq '\x00'", "\x00", "sex\x00 eq 'F'", "sex eq '\ud7ff'", "\u202esex eq 'F'", "sex\u00a0eq 'F'",
    "ｓｅｘ eq 'F'",
    "stays eq ٥", "stays eq ५", "<script>alert(1)</script>", "${jndi:ldap://x}", "{{7*7}}", "%00", "\\", "`", "#", "?",
    # Too much: of depth, of length, of everything.
    "(" * DEEP + "sex eq 'F'" + ")" * DEEP, "(" * DEEP, "not " * DEEP + "(" * 30 + "true" + ")" * 30,
    "contains(" * 300, "tolower(" * 200 + "sex" + ")" * 200 + " eq 'f'", "-" * DEEP + "1", "- " * DEEP + "stays eq 1",
    "'" * 15_001, "a" * 30_000, "a" * 19_000, "a." * 9_000, "'" + "x" * 600 + "' eq sex", "sex eq '" + "x" * 19_000,
    " or ".join(["stays eq 1"] * 1_500), "stays in (" + ",".join(["1"] * 3_000) + ")", "1 add " * 3_000 + "1",
    "sex eq 'F' " + "and sex eq 'F' " * 1_200, "((((((((((" * 3 + "true" + "))))))))))" * 3, "," * 10_000,
    "stays eq " + "9" * 500, "stays eq 1." + "0" * 500, "sex eq '" + "''" * 400 + "'", "/" * 15_000, "a/" * 5_000 + "a",
    "a(" * 19, "f(" * 4_000 + ")" * 4_000, "x:" * 5_000, "stays eq 1e" + "1" * 300,
    " or ".join(f"contains(chapter_label_vi,'{n}')" for n in range(900)) + " or contains(chapter_label_vi,5)",
)  # fmt: skip
"""Each is refused as ``$filter`` of a table of stays by sex."""

APPLIES: tuple[str, ...] = (
    "", "nothing", "aggregate", "aggregate()", "aggregate(stays", "aggregate(stays with)", "aggregate(stays with sum)",
    "aggregate(stays with sum as)", "aggregate(stays with sum as 1)", "aggregate(stays with sum as a,)",
    "aggregate(stays with sum as a,deaths with sum as a)", "aggregate(stays with median as a)",
    "aggregate(stays with Custom.method as a)", "aggregate(stays with sum as a.b)",
    "aggregate(stays with min as a)", "aggregate(stays with max as a)",
    "aggregate(stays with average as a)", "aggregate(stays with countdistinct as a)", "aggregate($count as n)",
    "aggregate($count)", "aggregate(mean_days with sum as a)", "aggregate(sex with sum as a)", "aggregate(nothing)",
    "aggregate(stays mul 2 with sum as a)", "aggregate(stays_status with sum as a)", "groupby", "groupby()",
    "groupby(())", "groupby(sex)", "groupby((sex)", "groupby((sex,))", "groupby((stays))", "groupby((nothing))",
    "groupby((sex_label_vi))", "groupby((stays_status))", "groupby((synthetic))", "groupby((sex),filter(true))",
    "groupby((sex),aggregate(stays with sum as sex))", "groupby((sex))/aggregate(stays with sum as a)",
    "groupby((rollup(sex,chapter)))", "groupby((sex))/groupby((sex))", "filter", "filter()", "filter(sex)",
    "filter(stays gt 5)/aggregate(stays with sum as a)", "filter(sex eq 'F' or chapter eq 'I')/aggregate(stays)",
    "filter(stays_status eq 'suppressed')/aggregate(stays)", "filter(true)/aggregate(stays)", "topcount(5,stays)",
    "expand(x)", "compute(stays add 1 as a)", "concat(identity,identity)", "join(x as y)", "search(x)", "identity/",
    "filter(sex eq 'F')/", "/" * 5_000, "identity/" * 5_000 + "identity", "identity/" * 1_500 + "identity",
    "groupby((" * 3_000, "filter(" * 5_000,
    "filter(" + "(" * DEEP + "true", "aggregate(" + "stays with sum as a," * 900 + "stays", "\x00", "'" * 9_999,
    "aggregate(stays with sum as " + "a" * 300 + ")", "aggregate(mean_days)/filter(mean_days gt 5)",
    "identity identity",
    "groupby((chapter),aggregate(patients with sum as a))/concat()", "filter(contains(sex,'F'))/groupby((x))",
)  # fmt: skip
"""Each is refused as ``$apply``."""

PATHS: tuple[str, ...] = (
    "Feeds('x')", "Feeds(dataset='x',entity_set='y')", "Feeds/x", "nothing", "hospital-discharges/nothing",
    "hospital-discharges/by_age_sex_chapter/nothing", "hospital-discharges/by_age_sex_chapter('F')",
    "hospital-discharges/by_age_sex_chapter(sex='F')", "hospital-discharges/by_age_sex_chapter()",
    "hospital-discharges/by_age_sex_chapter(", "hospital-discharges/by_age_sex_chapter(1,2,3)",
    "hospital-discharges/by_age_sex_chapter(age_group='_T',sex='zz',chapter='_T')",
    "hospital-discharges/by_age_sex_chapter(age_group='_T',sex='_T',chapter='_T')/nothing",
    "hospital-discharges/by_age_sex_chapter(age_group='_T',sex='_T',chapter='_T')/stays/$count",
    "hospital-discharges/by_age_sex_chapter(age_group='_T',sex='_T',chapter='_T')/stays/$value/x",
    "hospital-discharges/$batch", "hospital-discharges/$all", "hospital-discharges/$crossjoin(a,b)",
    "hospital-discharges/$entity", "hospital-discharges/$metadata/x", "$metadata/x", "$batch",
    "hospital-discharges/releases/9999.1/", "hospital-discharges/releases/..%2F..%2Fetc/",
    "hospital-discharges/releases/2025.0/",
    "hospital-discharges/releases/2025.1.1/", "hospital-discharges/releases/2025.x/", "hospital-discharges/releases/",
    "hospital-discharges/by_age_sex_chapter(sex=F,age_group='_T',chapter='_T')",
    "hospital-discharges/releases/%00/", "..%2f..%2fetc%2fpasswd", "%2e%2e/x",
    "hospital-discharges/by_age_sex_chapter%00", "a" * 5_000, "a/" * 3_000, "hospital-discharges/" + "x" * 4_500,
    "HOSPITAL-DISCHARGES/", "hospital_discharges/", "administrative-units/", "administrative-units/$metadata",
    "hospital-discharges/by_age_sex_chapter(" + "(" * 3_000,
    "hospital-discharges/by_age_sex_chapter(sex=" + "'" * 999 + ")",
    "health-facilities/register('nothing')", "health-facilities/register(5)", "health-facilities/register(null)",
    "health-facilities/register('" + "x" * 900 + "')", "health-facilities/register('x')/name/$value",
)  # fmt: skip
"""Each leads nowhere."""

OPTIONS: tuple[str, ...] = (
    "$top=-1", "$top=x", "$top=1.5", "$top=", "$top=1&$top=2", "$top=1&top=2", "$top=" + "9" * 30, "$skip=-1",
    "$skip=x", "$skip=99999999999", "$count=maybe", "$count=1", "$select=nothing", "$select=", "$select=,",
    "$select=stays;", "$select=stays/x", "$select=" + ",".join(["stays"] * 9_000), "$orderby=nothing",
    "$orderby=stays_status", "$orderby=sex_label_vi", "$orderby=stays up", "$orderby=stays desc desc", "$orderby=,",
    "$orderby=contains(sex,'F')", "$orderby=stays add 1", "$orderby=" + ",".join(["stays"] * 9_000), "$orderby=5",
    "$expand=x", "$expand=*", "$search=x", "$compute=stays add 1 as a", "$levels=1", "$index=1", "$nothing=1",
    "nothing=1", "province=79", "stays__gt=5", "$skiptoken=x", "$skiptoken=2025.1~x", "$skiptoken=~",
    "$skiptoken=1.1~a",
    "$skiptoken=2025.1~" + "A" * 5_000, "$format=atom", "$format=xml", "$format=text/html", "$format=application/pdf",
    "$format=application/json;odata.metadata=some", "$schemaversion=1", "$deltatoken=x", "$id=x", "=1", "&&&=",
    "%ff=1", "$filter=%ff", "$filter=sex eq '%ff", "$select=%00", "$orderby=%00", "lang=xx&$top=x", "\x7f=1",
    "$filter=true&$apply=aggregate(nothing)", "$apply=aggregate(stays)&$orderby=sex",
    "$apply=aggregate(stays)&$select=sex",
    "$apply=groupby((sex))&$filter=stays gt 5", "$apply=aggregate(stays with sum as a)&$filter=b gt 5",
)  # fmt: skip
"""Each is refused as the query of a table."""
