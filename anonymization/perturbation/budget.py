"""Keeps account of the privacy that releases of one population have spent, and refuses what would overspend it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Context, Decimal, InvalidOperation, localcontext
from typing import Literal

from datasets.errors import DisclosureRuleInvalid, Problem

Accountant = Literal["pure", "approximate", "concentrated"]
Amount = Decimal | float | str
"""A decimal fraction; a float counts as the decimal that Python prints for it, so 0.1 is a tenth."""

_ZERO = Decimal(0)
_EXACT = Context(prec=1000)
"""Sums of the decimals that people write are exact: ten times 0.1 is 1, not a little less or more."""
_UP = Context(prec=50, rounding=ROUND_CEILING)
_DOWN = Context(prec=50, rounding=ROUND_FLOOR)


@dataclass(frozen=True)
class Loss:
    """How much more may be learnt of a person because the person's records were used: what an answer costs.

    `pure`: nothing becomes more than exp(epsilon) times as likely. `approximate`: the same, but for a probability delta
    of anything. `concentrated`: rho of zero-concentrated differential privacy, which Gaussian noise is measured in.
    Make one with `pure`, `approximate` or `concentrated`.
    """

    accountant: Accountant
    epsilon: Decimal = _ZERO
    delta: Decimal = _ZERO
    rho: Decimal = _ZERO

    def __post_init__(self) -> None:
        used = {"pure": {"epsilon"}, "approximate": {"epsilon", "delta"}, "concentrated": {"rho"}}
        if self.accountant not in used:
            raise _refused("accountant", "must be pure, approximate or concentrated", "correct the name")
        for name in ("epsilon", "delta", "rho"):
            amount = getattr(self, name)
            if not amount.is_finite() or amount < 0:
                raise _refused(name, "must be a finite number that is not negative", "correct it")
            if abs(amount.adjusted()) > 200 or len(amount.as_tuple().digits) > 200:
                raise _refused(name, "must be a number that people can read", "write it with fewer digits")
            if amount and name not in used[self.accountant]:
                raise _refused(name, f"has no meaning for {self.accountant} privacy", "leave it out")
        if self.delta >= 1:
            raise _refused("delta", "must be below 1", "it is the chance that the promise fails: far below 1 / people")

    def __str__(self) -> str:
        if self.accountant == "concentrated":
            return f"rho {self.rho}"
        return f"epsilon {self.epsilon}" + (f", delta {self.delta}" if self.accountant == "approximate" else "")


def pure(epsilon: Amount) -> Loss:
    """Return a loss of pure differential privacy; raises `DisclosureRuleInvalid` below 0 or for no number."""
    return Loss("pure", epsilon=_decimal("epsilon", epsilon))


def approximate(epsilon: Amount, delta: Amount) -> Loss:
    """Return a loss of approximate differential privacy; raises as `pure`, and for a delta of 1 or more."""
    return Loss("approximate", epsilon=_decimal("epsilon", epsilon), delta=_decimal("delta", delta))


def concentrated(rho: Amount) -> Loss:
    """Return a loss of zero-concentrated differential privacy (Bun and Steinke 2016); raises as `pure`."""
    return Loss("concentrated", rho=_decimal("rho", rho))


def loss_of(epsilon: float | None, rho: float | None) -> Loss:
    """Return the loss that a definition writes as one of these; raises `DisclosureRuleInvalid` for both or none.

    >>> str(loss_of(None, 0.1))
    'rho 0.1'
    """
    if epsilon is not None and rho is None:
        return pure(epsilon)
    if rho is not None and epsilon is None:
        return concentrated(rho)
    raise _refused("loss", "must be an epsilon or a rho", "give one of them")


def composed(first: Loss, second: Loss) -> Loss:
    """Return the loss of both answers together, in each kind the sum, which holds whatever the second depends on.

    (Dwork and Roth 2014, theorem 3.16; for zCDP Bun and Steinke 2016, lemma 2.3.) Raises `DisclosureRuleInvalid` for
    different kinds: convert one by name.

    >>> str(composed(pure(0.1), pure(0.2)))
    'epsilon 0.3'
    """
    if first.accountant != second.accountant:
        rule = f"{first.accountant} and {second.accountant} privacy do not add up"
        raise _refused("losses", rule, "convert one of them by name")
    delta = _EXACT.add(first.delta, second.delta)
    if delta >= 1:
        raise _refused("delta", "must be below 1 in all", "spend less")
    epsilon, rho = _EXACT.add(first.epsilon, second.epsilon), _EXACT.add(first.rho, second.rho)
    return Loss(first.accountant, epsilon, delta, rho)


def pure_as_concentrated(loss: Loss) -> Loss:
    """Return what pure privacy is as zCDP: epsilon squared over 2 (Bun and Steinke 2016, proposition 1.4)."""
    _demand(loss, "pure")
    with localcontext(_UP):
        return Loss("concentrated", rho=loss.epsilon * loss.epsilon / 2)


def pure_as_approximate(loss: Loss) -> Loss:
    """Return pure privacy as approximate with a delta of zero, which is the same."""
    _demand(loss, "pure")
    return Loss("approximate", epsilon=loss.epsilon)


def concentrated_as_approximate(loss: Loss, *, delta: Amount) -> Loss:
    """Return zCDP as epsilon and delta: rho + 2 sqrt(rho log(1 / delta)) (Bun and Steinke 2016, proposition 1.3).

    The true epsilon is somewhat smaller. Raises `DisclosureRuleInvalid` for a delta that is not between 0 and 1.

    >>> str(concentrated_as_approximate(concentrated(0.1), delta="1e-6").epsilon)[:4]
    '2.45'
    """
    _demand(loss, "concentrated")
    small = _decimal("delta", delta)
    if not 0 < small < 1:
        raise _refused("delta", "must be above 0 and below 1", "it is the chance that the promise fails")
    with localcontext(_UP):
        # A logarithm and a root are rounded to the nearest, whatever the context says: one unit more is never too few.
        root = (loss.rho * -small.ln().next_minus()).sqrt().next_plus() if loss.rho else _ZERO
        return Loss("approximate", epsilon=loss.rho + 2 * root, delta=small)


def shared(loss: Loss, parts: int) -> Loss:
    """Return a loss of which so many, at least 1, are together no more than this one.

    >>> str(shared(pure(1), 4))
    'epsilon 0.25'
    """
    epsilon, delta, rho = (_DOWN.divide(own, Decimal(parts)) for own in (loss.epsilon, loss.delta, loss.rho))
    return Loss(loss.accountant, epsilon, delta, rho)


@dataclass(frozen=True)
class Spending:
    """One release, as its identifier in the store, and the loss that it cost the people in it."""

    release: str
    loss: Loss


@dataclass(frozen=True)
class Budget:
    """How much may ever be learnt of one population, and what releases have spent of it so far.

    One budget has one accountant, that of its limit; a loss of another kind is refused, never converted in silence.
    Every release counts in full, however old: people do not become other people. A population is everybody who may be
    in two releases; who belongs to it is for the ministry to say.

    >>> budget = Budget("patients", pure(1)).spend("patients", Spending("stays/2024.1", pure(0.4)))
    >>> str(budget.remaining)
    'epsilon 0.6'

    Raises `DisclosureRuleInvalid` where the spendings overspend the limit, repeat a release or differ in accountant.
    """

    population: str
    limit: Loss
    spent: tuple[Spending, ...] = ()

    def __post_init__(self) -> None:
        if not self.population:
            raise _refused("budget", "must name the population that it is of", "name it")
        releases, total = set[str](), Loss(self.limit.accountant)
        for one in self.spent:
            problem = self._objection(one, releases, total)
            if problem is not None:
                raise DisclosureRuleInvalid(f"The budget of {self.population!r} does not allow it.", problems=[problem])
            releases.add(one.release)
            total = composed(total, one.loss)

    @property
    def total(self) -> Loss:
        """The loss of everything spent so far, composed."""
        total = Loss(self.limit.accountant)
        for one in self.spent:
            total = composed(total, one.loss)
        return total

    @property
    def remaining(self) -> Loss:
        """What may still be spent."""
        return _rest(self.limit, self.total)

    def spend(self, population: str, spending: Spending) -> Budget:
        """Return the budget after this release, or raise `DisclosureRuleInvalid` with the reason why it may not be.

        Spend before the noise is drawn, and leave it spent if the release fails after somebody has seen it.
        """
        if population != self.population:
            rule = f"is of the population {population!r}, the budget of {self.population!r}"
            raise _refused(f"release {spending.release!r}", rule, "spend it from the budget of its own population")
        return Budget(self.population, self.limit, (*self.spent, spending))

    def _objection(self, spending: Spending, releases: set[str], total: Loss) -> Problem | None:
        place, loss, limit = f"release {spending.release!r}", spending.loss, self.limit
        if not spending.release:
            return Problem("release", "must have an identifier", "name the release that the budget is spent on")
        if spending.release in releases:
            rule = "has been spent already: noise is drawn once for a release"
            return Problem(place, rule, "publish what was drawn, or make a new version and spend for it")
        if loss.accountant != limit.accountant:
            rule = f"is measured as {loss.accountant} privacy, its budget as {limit.accountant}"
            return Problem(place, rule, "convert the loss by name, or keep the budget in the other kind")
        rest = _rest(limit, total)
        if loss.epsilon > rest.epsilon or loss.delta > rest.delta or loss.rho > rest.rho:
            rule = f"would spend {loss} where {rest} of {limit} remain"
            return Problem(place, rule, "spend less, which means more noise, or do not publish it")
        return None


def _rest(limit: Loss, total: Loss) -> Loss:
    """Return what is left of a limit that is not overspent."""
    epsilon, delta = _EXACT.subtract(limit.epsilon, total.epsilon), _EXACT.subtract(limit.delta, total.delta)
    return Loss(limit.accountant, epsilon, delta, _EXACT.subtract(limit.rho, total.rho))


def _demand(loss: Loss, accountant: Accountant) -> None:
    if loss.accountant != accountant:
        raise _refused("loss", f"is of {loss.accountant} privacy, not {accountant}", "use the conversion of its kind")


def _decimal(name: str, value: Amount) -> Decimal:
    try:
        return Decimal(repr(float(value)) if isinstance(value, float) else value)
    except InvalidOperation:
        raise _refused(name, "must be a number", "write it as a decimal fraction") from None


def _refused(place: str, rule: str, remedy: str) -> DisclosureRuleInvalid:
    return DisclosureRuleInvalid("The privacy budget cannot be used.", problems=[Problem(place, rule, remedy)])
