"""Levels of a dimension as the code lists of PxWeb: sets of values, and groups that are made of the finest ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from catalog.record import LEVEL_LABELS
from datasets.text import Bilingual
from portal.public.pxweb.names import CodelistId, TableId
from portal.public.pxweb.variables import Variable
from portal.query.schema import Axis

_LEVELS = {
    **LEVEL_LABELS,
    "year": Bilingual(vi="Năm", en="Year"),
    "quarter": Bilingual(vi="Quý", en="Quarter"),
    "month": Bilingual(vi="Tháng", en="Month"),
}
"""What levels are called; one that is not here is called as its code list calls it."""


@dataclass(frozen=True)
class CodeList:
    """The values of one level of a variable, or the groups that they are."""

    id: CodelistId
    variable: Variable
    axis: Axis

    @cached_property
    def codes(self) -> tuple[str, ...]:
        return self.variable.levels[self.id.level]

    @cached_property
    def parts(self) -> Mapping[str, tuple[str, ...]]:
        """What each value stands for: itself, or the values of the finest level that its group is made of."""
        if self.id.kind == "vs":
            return {code: (code,) for code in self.codes}
        made: dict[str, list[str]] = {code: [] for code in self.codes}
        for code in self.variable.finest:
            for group in self.axis.ancestors(code):
                if group in made:
                    made[group].append(code)
        return {group: tuple(codes) for group, codes in made.items()}

    @property
    def label(self) -> Bilingual:
        title, level = self.axis.codelist.title, self.id.level
        named = _LEVELS.get(level, Bilingual(vi=level, en=level))
        if self.id.kind == "agg":
            return Bilingual(vi=f"{title.vi}: nhóm theo {named.vi}", en=f"{title.en}: grouped by {named.en}")
        return Bilingual(vi=f"{title.vi}: {named.vi}", en=f"{title.en}: {named.en}")


def code_lists_of(table: TableId, variable: Variable) -> tuple[CodeList, ...]:
    """Return the code lists of a variable: none where its values are all of one level and have no total."""
    axis = variable.axis
    if axis is None or (len(variable.levels) == 1 and not variable.has_total):
        return ()
    levels = [level for level in variable.levels if level]
    values = [CodeList(CodelistId("vs", table, variable.code, level), variable, axis) for level in levels]
    groups = [CodeList(CodelistId("agg", table, variable.code, level), variable, axis) for level in levels[:-1]]
    return (*values, *groups)


def named_list(lists: Sequence[CodeList], name: str) -> CodeList | None:
    """Return the list of this name, which may also be written without its table: ``vs_region``."""
    for each in lists:
        if name in {str(each.id), f"{each.id.kind}_{each.id.level}"}:
            return each
    return None
