"""How likely single records of a sample are recognised, by somebody who knows the quasi-identifiers of a person."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import hyp2f1

from anonymization.microdata.classes import Classes
from datasets.errors import DisclosureRuleInvalid, Problem

Floats = npt.NDArray[np.float64]

_SERIES_FROM = 60.0


@dataclass(frozen=True)
class Risk:
    """The risk of each record, float64 (records,), between 0 and 1, and what follows for the whole file."""

    of_record: Floats

    @property
    def expected(self) -> float:
        """How many records an attacker who looks for everybody recognises on average."""
        return float(self.of_record.sum())

    @property
    def highest(self) -> float:
        """The risk of the record that is easiest to recognise."""
        return float(self.of_record.max())


def sample_risk(classes: Classes) -> Risk:
    """Return the risk where the attacker knows that the person is in the sample: one over the class's size."""
    return Risk((1 / classes.sizes)[classes.of_record])


def population_risk(classes: Classes, weights: Floats) -> Risk:
    """Return the risk where the attacker does not know who is in the sample (Benedetti and Franconi 1998).

    `weights` is float64 (records,): how many people of the population a record stands for. The class's people in the
    population, F, are taken as negative binomial given its f records, with p = f / (sum of weights); the risk is the
    mean of 1 / F. It is p / f * 2F1(1, 1; f + 1; 1 - p), a hypergeometric function (Rinott 2003, by Euler's
    transformation), for every f: the usual approximations for larger classes are not needed.
    Raises `DisclosureRuleInvalid` for weights of another number, below 1, or not finite.
    """
    if weights.shape != classes.of_record.shape or not (np.isfinite(weights) & (weights >= 1)).all():
        rule = "must be one finite number for each record, at least 1: a record stands for itself"
        raise DisclosureRuleInvalid("The risk cannot be estimated.", problems=[Problem("weights", rule)])
    frequency = classes.sizes.astype(np.float64)
    share = np.minimum(1, frequency / np.bincount(classes.of_record, weights=weights))
    mean = share / frequency * _hypergeometric(frequency + 1, 1 - share)
    return Risk(mean[classes.of_record])


def _hypergeometric(c: Floats, z: Floats) -> Floats:
    """Return 2F1(1, 1; c; z) for c of 2 or more and z from 0 to below 1.

    SciPy's function overflows from about c = 100 on; there the series itself needs few terms: whatever z is, the
    sixtieth is below 1e-40.
    """
    small = np.minimum(c, _SERIES_FROM)
    series, term = np.ones_like(c), np.ones_like(c)
    for n in range(60):
        term = term * z * (n + 1) / (np.maximum(c, _SERIES_FROM) + n)
        series += term
    found: Floats = np.where(c < _SERIES_FROM, hyp2f1(1, 1, small, np.where(c < _SERIES_FROM, z, 0)), series)
    return found
