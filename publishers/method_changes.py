"""Refuses a release that protects people otherwise than what was published of them before: the two together tell more.

The release ledger takes every number that was shown before for the true one, which a changed number is not; and two
ways of changing one number are two clues to it.
"""

from __future__ import annotations

from collections.abc import Iterable

from datasets.disclosure import DisclosureRules
from datasets.errors import DisclosureRuleInvalid, Problem
from datasets.release import PublicRelease
from publishers.ledger_people import period_of_release

_REMEDY = (
    "keep the method of that release, and change it with an edition of other people whose name is a period, such as the"
    " next year"
)
_UNDATED = (
    "of which days it is was not told, so that it may be of the same people as any edition of this dataset: keep its"
    " method in all of them, or publish as another dataset people who are certainly others, such as those of later"
    " years, with editions that are named by their period. Never the same people: it would not know what is out"
)
_LASTING = (
    "keep the method of that release in every edition of this dataset: under unit: person, its people are the same in"
    " all periods"
)


def check_same_method(releases: Iterable[PublicRelease], rules: DisclosureRules, *, lasting: bool = True) -> None:
    """Raise DisclosureRuleInvalid where one of these releases of the same people changed counts otherwise.

    Without a `lasting` secret, that of the earlier release is taken to be the same.
    """
    problems = [
        Problem(f"{one.dataset} {one.name}", *found)
        for one in releases
        if (found := _difference(one, rules, lasting=lasting))
    ]
    if problems:
        raise DisclosureRuleInvalid("What was published before was protected in another way", problems=problems)


def _difference(release: PublicRelease, rules: DisclosureRules, *, lasting: bool) -> tuple[str, str] | None:
    """Return the rule that is broken and the remedy; None where both releases protect alike."""
    if release.description.disclosure is None:
        return None
    before = release.description.disclosure.rules
    if before.perturbation is None and rules.perturbation is None:
        return None  # the ledger reckons with it
    if before.method != rules.method:
        rule = f"was published with method {before.method}, and this would be with {rules.method}"
        return rule, _remedy(release, before, rules)
    if rules.method in ("small_count_rounding", "controlled_rounding"):
        rule = "was rounded as a whole: rounded anew, its numbers would be chosen otherwise, which tells more of them"
        remedy = "publish corrections with the next edition; method random_rounding allows new versions"
        return rule, remedy if period_of_release(release) else _UNDATED
    own, theirs = rules.perturbation, before.perturbation
    assert own is not None, "a release with this method says how"
    assert theirs is not None, "a release with this method says how"
    if rules.method == "differential_privacy":
        return None  # noise is drawn anew, and all that is spent of one population is added up: see privacy_budgets
    if not lasting:
        own = own.model_copy(update={"key_check": theirs.key_check})
    differing = [key for key in type(own).model_fields if getattr(own, key) != getattr(theirs, key)]
    rule = f"was changed with other keys or noise ({', '.join(differing)})"
    return (rule, _remedy(release, before, rules)) if differing else None


def _remedy(release: PublicRelease, before: DisclosureRules, rules: DisclosureRules) -> str:
    """Return what to do: where a person over all periods is promised privacy, another edition has the same people."""
    made = [one.perturbation.budget for one in (before, rules) if one.perturbation and one.perturbation.budget]
    if any(one.unit == "person" for one in made):
        return _LASTING
    return _REMEDY if period_of_release(release) else _UNDATED
