"""The model of the service of one dataset, and of the service that lists them all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from datasets.text import Bilingual
from portal.public.odata.conditions import FUNCTIONS
from portal.public.odata.csdl import Annotation, Model, ModelProperty, ModelSet, ModelType, PropertyName
from portal.public.odata.entities import NAMESPACE, EntitySet, identifier
from portal.public.odata.transformations import METHODS
from portal.query.schema import Cube

FEEDS = "Feeds"
"""The entity set that lists the tables of all datasets. No dataset has a name with a large letter."""

_READ_ONLY: Mapping[str, Annotation] = {
    "Capabilities.InsertRestrictions": {"Insertable": False},
    "Capabilities.UpdateRestrictions": {"Updatable": False},
    "Capabilities.DeleteRestrictions": {"Deletable": False},
    "Capabilities.SearchRestrictions": {"Searchable": False},
    "Capabilities.ExpandRestrictions": {"Expandable": False},
}
_FEED_PROPERTIES = (
    ("dataset", False, Bilingual(vi="tập dữ liệu", en="dataset")),
    ("entity_set", False, Bilingual(vi="bảng, như tên trong nguồn dữ liệu", en="table, as the feed names it")),
    ("title_vi", False, Bilingual(vi="tên bảng bằng tiếng Việt", en="title of the table in Vietnamese")),
    ("title_en", False, Bilingual(vi="tên bảng bằng tiếng Anh", en="title of the table in English")),
    ("release", False, Bilingual(vi="bản phát hành", en="release")),
    ("feed", False, Bilingual(vi="địa chỉ để kết nối", en="address to connect to")),
)
FEED_NAMES = tuple(name for name, _, _ in _FEED_PROPERTIES)
FEED_KEY = ("dataset", "entity_set")


def namespace_of(dataset: str) -> str:
    """Return the namespace of the types of a dataset; of the list of feeds where it is empty."""
    return f"{NAMESPACE}.{identifier(dataset)}" if dataset else NAMESPACE


def dataset_model(
    dataset: str, sets: Mapping[str, EntitySet], notes: Mapping[str, Sequence[Bilingual]] = MappingProxyType({})
) -> Model:
    """Return the model of a release's tables; ``notes`` say by table what must be known of its numbers."""
    types = {each.type_name: each for each in sets.values()}
    return Model(
        namespace_of(dataset),
        tuple(ModelType(name, each.key, tuple(_properties(each))) for name, each in types.items()),
        tuple(
            ModelSet(
                each.name, each.type_name, each.title, {**_noted(notes.get(each.schema.name, ())), **_abilities(each)}
            )
            for each in sets.values()
        ),
    )


def feeds_model() -> Model:
    """Return the model of the list of feeds, which can be read and paged, and no more."""
    properties = tuple(ModelProperty(name, "Edm.String", empty, title) for name, empty, title in _FEED_PROPERTIES)
    title = Bilingual(vi="Các bảng có thể kết nối", en="Tables that can be connected to")
    abilities: dict[str, Annotation] = {
        **_READ_ONLY,
        "Capabilities.FilterRestrictions": {"Filterable": False},
        "Capabilities.SortRestrictions": {"Sortable": False},
    }
    return Model(NAMESPACE, (ModelType("Feed", FEED_KEY, properties),), (ModelSet(FEEDS, "Feed", title, abilities),))


def _properties(entities: EntitySet) -> list[ModelProperty]:
    return [ModelProperty(each.name, each.type, each.nullable, each.title) for each in entities.properties.values()]


def _noted(notes: Sequence[Bilingual]) -> Mapping[str, Annotation]:
    if not notes:
        return {}
    english, vietnamese = (" ".join(note.of(language) for note in notes) for language in ("en", "vi"))
    return {"Core.LongDescription": english, "Core.LongDescription#vi": vietnamese}


def _abilities(entities: EntitySet) -> Mapping[str, Annotation]:
    unsorted = tuple(
        PropertyName(name)
        for name, each in entities.properties.items()
        if each.kind not in {"dimension", "measure", "field"}
    )
    steps = ("filter", "groupby", "aggregate", "identity")
    return {
        **_READ_ONLY,
        "Capabilities.FilterFunctions": FUNCTIONS,
        "Capabilities.SortRestrictions": {"NonSortableProperties": unsorted},
        "Aggregation.ApplySupported": {"Transformations": steps, "AggregationMethods": _methods(entities)},
    }


def _methods(entities: EntitySet) -> tuple[str, ...]:
    return ("sum",) if isinstance(entities.schema, Cube) else METHODS
