"""What callers are told who are turned away before anything is done: which limit they meet, and what helps."""

from __future__ import annotations

from datasets.errors import KeyUnknown, Problem, TooManyCalls
from datasets.said import joined, said
from portal.public.allowances import Allowance, Rule, Wait

_PLACE = "calls"


def too_many(wait: Wait, allowance: Allowance, *, has_key: bool) -> TooManyCalls:
    """Make the error for who has used what it may, or asks too much at once."""
    again = said("Ask again in %(seconds)s seconds", seconds=wait.seconds)
    bulk = said("Whole tables are better downloaded as Parquet files, which count for nothing")
    key = "" if has_key else said("Who needs more all day asks the publisher of this portal for an API key")
    remedy = joined(again, bulk, key, between=". ")
    rule = _rule(wait.rule, allowance)
    problem = Problem(_PLACE, rule, remedy)
    return TooManyCalls(joined(_PLACE, rule, between=": "), seconds=wait.seconds, problems=[problem])


def key_unknown() -> KeyUnknown:
    """Make the error for a key that is not known; the key itself is never repeated."""
    remedy = said("Correct the key, or leave it out: everything can be read without one")
    problem = Problem("Authorization", said("brings an API key that is not known here"), remedy)
    return KeyUnknown(said("The API key is not known"), problems=[problem])


def _rule(rule: Rule, allowance: Allowance) -> str:
    if rule == "at-once":
        return said("%(count)s requests of one caller are answered at the same time", count=allowance.at_once)
    if rule == "day":
        return said("%(count)s units of work may be used in a day", count=allowance.per_day)
    return said("%(count)s units of work may be used in a minute", count=allowance.per_minute)
