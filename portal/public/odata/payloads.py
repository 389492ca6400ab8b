"""Write answers in the JSON of OData: entities, one entity, one property, and what is wrong."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote

import orjson
import pyarrow as pa

from portal.public.odata.entities import EntitySet, Property
from portal.public.odata.negotiation import Form
from portal.public.odata.questions import Question

Row = dict[str, object]
_INFERRED = frozenset({"Edm.String", "Edm.Double", "Edm.Boolean"})
"""Types that a reader of JSON knows without being told."""


@dataclass(frozen=True)
class Writer:
    """Writes what one service answers; ``root`` is its address, which every client needs whole."""

    root: str
    namespace: str
    form: Form

    def context(self, of: str) -> Row:
        """Return what tells a reader where the model is and what of it follows."""
        if self.form.metadata == "none":
            return {}
        return {"@odata.context": f"{self.root}/$metadata{f'#{of}' if of else ''}"}

    def entities(self, question: Question, table: pa.Table, *, count: int | None, following: str) -> bytes:
        """Write a page of entities or groups."""
        document = self.context(question.context)
        if count is not None:
            document["@odata.count"] = str(count) if self.form.strings else count
        document["value"] = list(self.rows(question, table))
        if following:
            document["@odata.nextLink"] = following
        return orjson.dumps(document)

    def entity(self, question: Question, table: pa.Table) -> bytes:
        """Write a single entity."""
        (row,) = self.rows(question, table)
        return orjson.dumps({**self.context(f"{question.context}/$entity"), **row})

    def property(self, question: Question, table: pa.Table, name: str) -> bytes:
        """Write one property of an entity that has a value there."""
        (row,) = self.rows(question, table)
        key = _key(question.entities, table, 0)
        return orjson.dumps({**self.context(f"{question.entities.name}({key})/{name}"), "value": row[name]})

    def rows(self, question: Question, table: pa.Table) -> Iterator[Row]:
        """Yield the rows of an answer with the properties that are shown."""
        columns = [_values(each, table, self.form) for each in question.shown.values()]
        names = list(question.shown)
        rows = (dict(zip(names, values, strict=True)) for values in zip(*columns, strict=True))
        if self.form.metadata != "full":
            yield from rows
            return
        types = {f"{name}@odata.type": f"#{each.type.removeprefix('Edm.')}" for name, each in question.shown.items()
                 if each.type not in _INFERRED}  # fmt: skip
        for number, row in enumerate(rows):
            yield {**self._control(question, table, number), **types, **row}

    def _control(self, question: Question, table: pa.Table, number: int) -> Row:
        if question.grouped:
            # A group has no address of its own.
            return {"@odata.id": None}
        entities = question.entities
        address = f"{entities.name}({_key(entities, table, number)})"
        return {"@odata.type": f"#{self.namespace}.{entities.type_name}", "@odata.id": address}


def _values(each: Property, table: pa.Table, form: Form) -> list[object]:
    if each.kind == "mark":
        return [True] * table.num_rows
    column = table.column(each.source)
    if each.kind == "label":
        encoded = column.combine_chunks().dictionary_encode()
        texts = [each.text(code) for code in encoded.dictionary.to_pylist()]
        return list(pa.array(texts, pa.string()).take(encoded.indices).to_pylist())
    values: list[object] = column.to_pylist()
    if form.strings and each.type == "Edm.Int64":
        return [None if value is None else str(value) for value in values]
    return values


def _key(entities: EntitySet, table: pa.Table, number: int) -> str:
    parts = []
    for name in entities.key:
        value = table.column(name)[number].as_py()
        text = "'" + value.replace("'", "''") + "'" if isinstance(value, str) else str(value)
        parts.append((name, quote(text, safe="'")))
    return parts[0][1] if len(parts) == 1 else ",".join(f"{name}={text}" for name, text in parts)


def service_document(writer: Writer, elements: Sequence[Mapping[str, str]]) -> bytes:
    """Write what a service consists of."""
    return orjson.dumps({**writer.context(""), "value": elements})


def error_document(code: str, message: str, details: Sequence[Mapping[str, str]]) -> bytes:
    """Write what is wrong; the first of ``details`` says which option is to blame."""
    target = details[0]["target"] if details else ""
    told = {"code": code, "message": message, **({"target": target} if target else {})}
    return orjson.dumps({"error": {**told, **({"details": list(details)} if details else {})}})
