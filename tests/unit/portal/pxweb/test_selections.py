"""A selection means the same in an address and in a body, and one that is wrong is refused by the place that is."""

from __future__ import annotations

import json

import pytest

from datasets.errors import QueryInvalid
from portal.public.pxweb.selections import (
    MAX_BODY,
    MAX_VALUES,
    Selection,
    VariableSelection,
    as_parameters,
    check_names,
    read_body,
    read_codelists,
    read_parameters,
)

SELECTED = Selection(
    (
        VariableSelection("sex", ("F", "M")),
        VariableSelection("month", ("range(2024-01,2024-03)", "top(3,1)", "2024-1*"), "vs_x", "single"),
        VariableSelection("age", ()),
    ),
    stub=("sex",),
    heading=("month", "age"),
)


def test_an_address_is_read() -> None:
    parameters = [
        ("lang", "en"),
        ("valuecodes[sex]", "F, M"),
        ("valueCodes[month]", "[range(2024-01,2024-03)],top(3,1)"),
        ("valuecodes[month]", "2024-1*"),
        ("codelist[month]", "vs_x"),
        ("outputValues[month]", "single"),
        ("VALUECODES[age]", " "),
        ("stub", "sex"),
        ("heading", "month, age"),
    ]
    assert read_parameters(parameters) == SELECTED


def test_a_body_is_read() -> None:
    month = {
        "valueCodes": ["range(2024-01,2024-03)", "top(3,1)", "2024-1*"],
        "codelist": "vs_x",
        "outputValues": "single",
    }
    body = {
        "selection": [
            {"variableCode": "sex", "valueCodes": ["F", "M"], "codelist": None},
            {"variableCode": "month", **month},
            {"variableCode": "age"},
        ],
        "placement": {"stub": ["sex"], "heading": ["month", "age"]},
    }
    assert read_body(json.dumps(body).encode()) == SELECTED


@pytest.mark.parametrize(
    "body", [b"", b" \n", b"{}", b'{"selection": null, "placement": null}', b'{"selection": [], "placement": []}']
)
def test_a_body_may_select_nothing(body: bytes) -> None:
    assert read_body(body) == Selection()


def test_a_selection_can_be_asked_by_its_address() -> None:
    left_out = SELECTED.variables[2]
    written = read_parameters(list(as_parameters(SELECTED)))
    assert (*written.variables, left_out) == SELECTED.variables
    assert (written.stub, written.heading) == (SELECTED.stub, SELECTED.heading)
    assert list(as_parameters(Selection())) == []


@pytest.mark.parametrize("text", ["(((,)", "a),b", "[a,b", "x(1,2"])
def test_brackets_that_do_not_match_are_read_to_their_end(text: str) -> None:
    (only,) = read_parameters([("valuecodes[sex]", text)]).variables
    assert "".join(only.values).replace(",", "") == text.replace(",", "")


ITEM = '{"variableCode": "sex", "valueCodes": ["F"]'


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ("{", "body"),
        ("[]", "body"),
        ("null", "body"),
        ('{"a": 1}', "body"),
        ('{"selection": {"a": 1}}', "selection"),
        ('{"selection": ["a"]}', "selection[0]"),
        ('{"selection": [{}]}', "selection[0].variableCode"),
        ('{"selection": [{"variableCode": 1}]}', "selection[0].variableCode"),
        (f'{{"selection": [{ITEM}, "a": 1}}]}}', "selection[0]"),
        ('{"selection": [{"variableCode": "sex", "valueCodes": "F"}]}', "selection[0].valueCodes"),
        ('{"selection": [{"variableCode": "sex", "valueCodes": [1]}]}', "selection[0].valueCodes"),
        ('{"selection": [{"variableCode": "sex", "valueCodes": [""]}]}', "selection[0].valueCodes"),
        (f'{{"selection": [{ITEM}, "codelist": 1}}]}}', "selection[0].codelist"),
        (f'{{"selection": [{ITEM}, "outputValues": "all"}}]}}', "selection[0].outputValues"),
        (f'{{"selection": [{ITEM}}}, {ITEM}}}]}}', "selection"),
        ('{"placement": {"up": []}}', "placement"),
        ('{"placement": {"stub": "sex"}}', "placement.stub"),
        ('{"placement": {"stub": ["sex"], "heading": ["sex"]}}', "placement"),
        ('{"placement": 1}', "placement"),
    ],
)
def test_a_body_that_is_wrong_is_refused_by_its_place(body: str, place: str) -> None:
    with pytest.raises(QueryInvalid) as caught:
        read_body(body.encode())
    (problem,) = caught.value.problems
    assert problem.place == place
    assert problem.remedy


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b" " * (MAX_BODY + 1), "has more than"),
        (b"\xff", "is not JSON"),
        (b"[" * 100_000, "is not JSON"),
        (
            json.dumps({"selection": [{"variableCode": "a", "valueCodes": ["F"] * (MAX_VALUES + 1)}]}).encode(),
            "more than",
        ),
    ],
)
def test_a_body_is_bounded(body: bytes, message: str) -> None:
    with pytest.raises(QueryInvalid, match=message):
        read_body(body)


@pytest.mark.parametrize(
    ("parameters", "place"),
    [
        ([("codelist[sex]", "vs_x")], "codelist[sex]"),
        ([("outputValues[sex]", "single")], "outputvalues[sex]"),
        ([("valuecodes[sex]", "F"), ("codelist[sex]", "a"), ("codelist[sex]", "b")], "codelist[sex]"),
        ([("valuecodes[sex]", "F"), ("outputValues[sex]", "all")], "outputValues[sex]"),
        ([("valuecodes[sex]", "F,,M")], "valuecodes[sex]"),
        ([("valuecodes[sex]", "F\x00")], "valuecodes[sex]"),
        ([("valuecodes[sex]", "F" * 501)], "valuecodes[sex]"),
        ([("valuecodes[s\x01]", "F,,M")], "valuecodes"),
        ([("stub", "sex"), ("heading", "sex")], "placement"),
    ],
)
def test_an_address_that_is_wrong_is_refused_by_its_place(parameters: list[tuple[str, str]], place: str) -> None:
    with pytest.raises(QueryInvalid) as caught:
        read_parameters(parameters)
    (problem,) = caught.value.problems
    assert problem.place == place
    assert problem.remedy


@pytest.mark.parametrize(
    ("name", "keyed", "refused"),
    [
        ("lang", (), False),
        ("valuecodes[sex]", ("valuecodes",), False),
        ("OUTPUTVALUES[sex]", ("outputValues",), False),
        ("valuecodes[sex]", ("codelist",), True),
        ("valuecodes[sex]", (), True),
        ("valuecodes[]", ("valuecodes",), True),
        ("valuecodes", ("valuecodes",), True),
        ("x", (), True),
    ],
)
def test_parameters_have_known_names(name: str, keyed: tuple[str, ...], refused: bool) -> None:
    if refused:
        with pytest.raises(QueryInvalid, match="is not known"):
            check_names([(name, "F")], ("lang",), keyed)
    else:
        check_names([(name, "F")], ("lang",), keyed)


def test_a_parameter_is_given_once() -> None:
    with pytest.raises(QueryInvalid, match="given twice"):
        check_names([("lang", "vi"), ("lang", "vi")], ("lang",))
    check_names([("valuecodes[sex]", "F"), ("valuecodes[sex]", "M")], (), ("valuecodes",))


def test_code_lists_are_read_by_themselves() -> None:
    given = [("lang", "vi"), ("codelist[sex]", "vs_a"), ("CodeList[age]", "vs_b"), ("valuecodes[sex]", "F")]
    assert read_codelists(given) == {"sex": "vs_a", "age": "vs_b"}
    with pytest.raises(QueryInvalid, match="given twice"):
        read_codelists([*given, ("codelist[sex]", "vs_c")])
    with pytest.raises(QueryInvalid, match="too long"):
        read_codelists([("codelist[sex]", "")])
