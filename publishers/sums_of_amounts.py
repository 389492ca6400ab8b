"""Looks for published sums of amounts that nothing protects from contributors: policy, staff and readers hear of it."""

from __future__ import annotations

from collections.abc import Iterator

from anonymization.policies import find_policy, resolve, weaker_sums
from anonymization.words import Text
from datasets.definition import Definition
from datasets.disclosure import DisclosureChoice
from datasets.errors import Problem

PLACE = "disclosure.concentration"


def not_as_the_policy_asks(definition: Definition) -> Iterator[Problem]:
    """Yield a problem where sums are published under a policy whose rules for sums are not applied to all of them.

    A reason, which readers are told, makes it a choice, as with other keys that protect less than the policy.
    """
    choice = definition.disclosure
    if not isinstance(choice, DisclosureChoice) or choice.reason is not None:
        return
    policy = find_policy(choice.policy)
    shown = _shown_amounts(definition)
    asked = weaker_sums(policy, None)
    if not shown or not asked:
        return
    remedy = (
        f"give the column of contributors and {' and '.join(asked)} as the policy has them, or a reason for readers"
    )
    if missing := weaker_sums(policy, choice.concentration):
        rule = (
            f"{', '.join(shown)} would be published without {' and '.join(missing)}, which {policy.name} asks of sums"
        )
        yield Problem(PLACE, rule, remedy)
    elif unwatched := _unwatched(definition):
        rule = f"{', '.join(unwatched)} would be published without the rules that {policy.name} has for sums"
        yield Problem(f"{PLACE}.measures", rule, "leave measures out, so that every sum is looked at")


def without_contributors(definition: Definition) -> Iterator[Problem]:
    """Yield a warning where sums are published and nobody looks at who contributes to them."""
    if unwatched := _unwatched(definition):
        rule = f"does not look at who contributes to {', '.join(unwatched)}. A sum of which one hospital or person has"
        rule += " nearly everything tells what it has"
        remedy = "Name the column of contributors and a rule, such as p_percent, or be sure that no cell is like that"
        yield Problem(f"{definition.id}, {PLACE}", rule, remedy)


def told_to_readers(definition: Definition) -> tuple[Text, ...]:
    """Say for readers in which sums and means nobody looks at who contributes; nothing where there is none."""
    titles = [definition.measures[name].title for name in _unwatched(definition)]
    if not titles:
        return ()
    vi, en = ", ".join(one.vi for one in titles), ", ".join(one.en for one in titles)
    return (
        Text(
            vi=f"Với {vi}, việc ai đóng góp bao nhiêu không được xét đến: nếu một đơn vị chiếm gần hết một tổng thì "
            "tổng đó cho biết gần đúng phần của đơn vị ấy.",
            en=f"Who contributes how much to {en} is not looked at: a sum of which one contributor has nearly "
            "everything tells nearly what it has.",
        ),
    )


def _shown_amounts(definition: Definition) -> tuple[str, ...]:
    """Return the sums and means of amounts that a table shows, as such or as the numerator of a rate."""
    shown = frozenset[str]().union(*(definition.counted(table) for table in definition.tables.values()))
    return tuple(name for name, one in definition.measures.items() if one.adds_up_amounts and name in shown)


def _unwatched(definition: Definition) -> tuple[str, ...]:
    """Return the shown sums that no rule about contributors looks at: it looks at all sums of a column together."""
    choice = definition.disclosure
    if not isinstance(choice, DisclosureChoice) or resolve(choice).method == "none":
        return ()
    rule, shown = choice.concentration, _shown_amounts(definition)
    if rule is None:
        return shown
    watched = {_added_up(definition, name) for name in rule.measures or shown}
    return tuple(name for name in shown if _added_up(definition, name) not in watched)


def _added_up(definition: Definition, measure: str) -> str:
    """Return what the amounts of a measure are read from: two declared columns may be one column of the source."""
    column = definition.measures[measure].column or ""
    assert definition.source is not None
    return definition.source.columns[column].header or column
