"""Checks a YAML tree against a frozen model and says of each thing that is wrong the line, the rule and the remedy."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal, TypeVar, get_args, get_origin

from pydantic import BaseModel, Tag, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from datasets.definition import Flaw
from datasets.errors import Problem
from datasets.hints import fold
from datasets.text import Bilingual
from datasets.text_checks import text_flaws
from datasets.yaml_text import Entries, locate, plain

M = TypeVar("M", bound=BaseModel)
Keys = tuple[str | int, ...]
MOST_PROBLEMS = 50
"""So many are told of one file: nobody reads more."""
_LONGEST = 100
"""So many letters of a wrong word are repeated."""


@dataclass
class Findings:
    """The problems of one file, each said once, in the order of its lines."""

    file: str
    tree: Entries
    _found: dict[Problem, int] = field(default_factory=dict)
    _misspelt: dict[Keys, str] = field(default_factory=dict)
    _more: bool = False

    def read_as(self, keys: Keys, written: str) -> None:
        """Note that what ``keys`` lead to is written otherwise in the file, so that it is found there."""
        self._misspelt[keys] = written

    @property
    def full(self) -> bool:
        """Whether enough was found: to look for the remedy of each of very many mistakes takes too long."""
        return len(self._found) >= MOST_PROBLEMS

    def add(self, keys: Keys, rule: str, remedy: str = "") -> None:
        if self.full:
            self._more = True
            return
        written = [self._misspelt.get(keys[: index + 1], key) for index, key in enumerate(keys)]
        line, name = locate(self.tree, written)
        place = f"{self.file} line {line}" + (f", key {name[: 2 * _LONGEST]}" if name else "")
        self._found.setdefault(Problem(place, rule, remedy), line)

    def add_flaw(self, flaw: Flaw) -> None:
        if flaw.allowed and not self.full:
            self.add(flaw.place, flaw.rule, choices(flaw.given, flaw.allowed))
        else:
            self.add(flaw.place, *_parted(flaw.rule))

    @property
    def problems(self) -> tuple[Problem, ...]:
        found = sorted(self._found, key=self._found.__getitem__)
        if self._more:
            rule = f"has more problems than these {MOST_PROBLEMS}"
            found.append(Problem(self.file, rule, "correct them and check again"))
        return tuple(found)


def choices(given: str, allowed: Collection[str]) -> str:
    """Return the remedy for a word that is not one of ``allowed``, with the nearest one where there is one."""
    near = difflib.get_close_matches(given, allowed, n=1) or difflib.get_close_matches(given.lower(), allowed, n=1)
    return (f"Did you mean {near[0]}? " if near else "") + f"Allowed: {', '.join(word for word in allowed if word)}"


def validate(tree: Entries, model: type[M], findings: Findings) -> M | None:
    """Return the model that ``tree`` describes; None where it cannot be built. Problems go to ``findings``.

    A misspelt key is reported, then read as the key that was meant, so that it hides no other problem.
    """
    for keys, (rule, remedy) in text_flaws(tree):
        findings.add(keys, rule, remedy)
    data = plain(tree)
    while True:
        try:
            return model.model_validate(data)
        except ValidationError as error:
            details = error.errors()
        extra = [detail["loc"] for detail in details if detail["type"] == "extra_forbidden"]
        for keys in extra:
            _set_right(data, keys, model, findings)
        if not extra:  # Each round takes unknown keys away and brings back known ones only, so this is reached.
            break
    for detail in details[: MOST_PROBLEMS + 1]:
        _explain(detail, model, findings)
    return None


# Unknown keys ---------------------------------------------------------------------------------------------------------


def _set_right(data: Any, keys: Keys, model: type[BaseModel], findings: Findings) -> None:
    allowed, keys_of_model = list(_fields(model, keys[:-1])), keys[:-1]
    keys = _as_written(keys, model)
    *before, last = keys
    key = str(last)
    parent: Any = data
    for step in before:
        parent = parent[step]
    value = parent.pop(key)
    if findings.full:
        findings.add(keys, "is not a key here")
        return
    if elsewhere := _elsewhere(model, keys_of_model, key):
        findings.add(keys, *elsewhere)
        return
    remedy = choices(key[:_LONGEST], allowed)
    if value == "" and allowed:
        # {vi: Một phần ba, en: a third, or less} is how such a key comes about.
        remedy += '. A text with a comma inside { } needs quotation marks: "a, b"'
    findings.add(keys, f"{key[:_LONGEST]} is not a key here", remedy)
    near = difflib.get_close_matches(key[:_LONGEST], allowed, n=1)
    if near and near[0] not in parent:
        parent[near[0]] = value
        findings.read_as((*before, near[0]), key)


def _elsewhere(model: type[BaseModel], keys: Keys, key: str) -> tuple[str, str] | None:
    """Return rule and remedy for a key that another branch of a union has; None where it is nobody's, or no union."""
    branches = _branches(_annotation_at(model, keys[:-1])) if keys else {}
    others = [_branch_name(tag) for tag, branch in branches.items() if key in branch.model_fields]
    if not others or keys[-1] not in branches:
        return None
    rule = f"{key} is not for method: {_branch_name(keys[-1])}"
    return rule, f"leave it out, or use a method that has it: {', '.join(others)}"


def _branch_name(tag: str | int) -> str:
    """Return the method that people write for a branch: without one, a policy withholds cells."""
    return "suppression" if tag == "policy" else str(tag)


def _fields(model: type[BaseModel], keys: Keys) -> Collection[str]:
    inner = _annotation_at(model, keys)
    return _keys(inner) if _is_model(inner) else ()


def _keys(model: type[BaseModel]) -> dict[str, FieldInfo]:
    """Return the fields of a model by their keys, which are words of Python in some: ``from``."""
    return {field.alias or name: field for name, field in model.model_fields.items()}


def _annotation_at(annotation: Any, keys: Keys) -> Any:
    """Follow ``keys`` through models, mappings, sequences and optional values; None where they lead nowhere."""
    annotation = _unwrapped(annotation)
    if not keys:
        return annotation
    if branches := _branches(annotation):
        return _annotation_at(branches.get(keys[0]), keys[1:])
    if _is_model(annotation):
        known = _keys(annotation).get(str(keys[0]))
        return _annotation_at(known.annotation, keys[1:]) if known else None
    if get_origin(annotation) in (dict, tuple):
        arguments = [argument for argument in get_args(annotation) if argument is not Ellipsis]
        return _annotation_at(arguments[-1], keys[1:])
    return None


def _branches(annotation: Any) -> dict[str | int, Any]:
    """Return what a union whose branches have tags may be, by tag; nothing of all else."""
    inner = get_args(annotation)[0] if get_origin(annotation) is Annotated else annotation
    tagged = [get_args(argument) for argument in get_args(inner) if get_origin(argument) is Annotated]
    return {mark.tag: branch for branch, *marks in tagged for mark in marks if isinstance(mark, Tag)}


def _as_written(keys: Keys, model: type[BaseModel]) -> Keys:
    """Drop the tags of branches from ``keys``: what is left leads through the file."""
    return tuple(key for end, key in enumerate(keys) if key not in _branches(_annotation_at(model, keys[:end])))


def _unwrapped(annotation: Any) -> Any:
    """Return the one thing that an optional value may be; the annotation itself where it is no such union."""
    arguments = [argument for argument in get_args(annotation) if argument is not type(None)]
    is_optional = len(arguments) < len(get_args(annotation))
    return arguments[0] if is_optional and len(arguments) == 1 else annotation


# Other problems -------------------------------------------------------------------------------------------------------


def _explain(detail: ErrorDetails, model: type[BaseModel], findings: Findings) -> None:
    context, keys = detail.get("ctx", {}), detail["loc"]
    if detail["type"] == "flaws":
        for flaw in context["flaws"]:
            findings.add_flaw(flaw)
        return
    if detail["type"] == "missing":
        remedy = _description(model, keys) or "write it in both languages: {vi: tiếng Việt, en: English}"
        findings.add(_as_written(keys, model)[:-1], f"the key {keys[-1]} is missing", remedy)
        return
    if keys[-1:] == ("[key]",):
        rule = _rule(detail, context)
        findings.add(keys, rule, _better_name(str(detail["input"]), joint="-" if "hyphens" in rule else "_"))
        return
    annotation = _annotation_at(model, _without_branches(keys, model))
    words = tuple(_literals(annotation))
    if words:
        given = detail["input"][:_LONGEST] if isinstance(detail["input"], str) else ""
        remedy = choices(given, words) + _alternatives(annotation)
        findings.add(_as_written(keys, model), f"{given!r} is not allowed here", remedy)
        return
    rule, remedy = _rule(detail, context), _description(model, keys)
    if ": " in rule and (isinstance(detail["input"], dict) or not remedy):
        # What is said of a whole mapping is complete; what is said of one value gains by what the key is for.
        rule, remedy = _parted(rule)
    remedy = remedy or "correct it as docs/reference/definition.md describes"
    findings.add(_as_written(keys, model), rule, remedy)


def _parted(sentence: str) -> tuple[str, str]:
    """Part what a check of several keys says, ``rule: remedy``."""
    rule, _, remedy = sentence.partition(": ")
    return rule, remedy or "correct one of the keys that it names"


def _better_name(name: str, *, joint: str) -> str:
    """Return the remedy for a name that breaks the pattern of names: the same name as it could be written."""
    letters = re.sub("[^a-z0-9]+", joint, fold(name[:_LONGEST])).strip(joint)[:63]
    if letters == name:
        return "write a longer or shorter one"
    return f"write {letters}" if letters[:1].isalpha() else f"begin it with a letter, such as visits{joint}2"


def _without_branches(keys: Keys, model: type[BaseModel]) -> Keys:
    """Drop what leads from a union with a list of words into one of its branches, such as ``tuple[...]``."""
    for end in range(len(keys), 0, -1):
        if any(_literals(_annotation_at(model, keys[:end]))):
            return keys[:end]
    return keys


def _literals(annotation: Any) -> Iterator[str]:
    if get_origin(annotation) is Literal:
        yield from (str(word) for word in get_args(annotation))
    elif get_origin(annotation) not in (dict, tuple):
        for argument in get_args(annotation):
            if get_origin(argument) is Literal:
                yield from _literals(argument)


def _alternatives(annotation: Any) -> str:
    lists = any(get_origin(argument) is tuple for argument in get_args(annotation))
    return ", or a list of lists of names" if lists else ""


def _rule(detail: ErrorDetails, context: dict[str, Any]) -> str:
    kind = detail["type"]
    if kind == "value_error":
        return str(context["error"])
    if kind == "model_type" and context.get("class_name") == Bilingual.__name__:
        return "must be in both languages: {vi: tiếng Việt, en: English}"
    if kind.startswith("date"):
        return "must be a date such as 2026-03-31"
    rules = {
        "bool_type": "must be true or false",
        "bool_parsing": "must be true or false",
        "int_type": "must be a whole number",
        "int_parsing": "must be a whole number",
        "int_parsing_size": "must be a whole number of fewer digits",
        "float_type": "must be a number",
        "float_parsing": "must be a number",
        "dict_type": "must be a mapping: lines of the form key: value, further to the right",
        "model_type": "must be a mapping: lines of the form key: value, further to the right",
        "tuple_type": "must be a list: [first, second]",
        "too_short": "must not be empty",
        "too_long": f"must have at most {context.get('max_length')} entries",
        "string_type": "must be text, not a list or a mapping",
    }
    return rules.get(kind) or _sentence(detail["msg"])


def _sentence(message: str) -> str:
    """Turn "String should have at most 1 character" into "must have at most 1 character"."""
    _, should, rest = message.partition(" should ")
    return f"must {rest}" if should else message


def _description(model: type[BaseModel], keys: Keys) -> str:
    """Return what the innermost key of a model among ``keys`` is for, in the words of its field."""
    models = [end for end in range(len(keys)) if _is_model(_annotation_at(model, keys[:end]))]
    fields = _keys(_annotation_at(model, keys[: models[-1]]))
    described = fields.get(str(keys[models[-1]]))
    return described.description or "" if described else ""


def _is_model(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)
