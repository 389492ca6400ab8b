"""The documents about values: a table's metadata, its code lists, its default selection."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from datasets.names import TOTAL
from datasets.text import LANGUAGES
from portal.public.json_stat_about import about_cells
from portal.public.pxweb.code_lists import CodeList, code_lists_of
from portal.public.pxweb.default_selection import default_selection
from portal.public.pxweb.found_tables import FoundTable
from portal.public.pxweb.links import PxLinks
from portal.public.pxweb.table_documents import periods
from portal.public.pxweb.variables import Variable, variables_of
from portal.query.formats_json_stat import METRIC, About, Shape, decimals, json_stat_head
from portal.query.schema import Cube


def metadata_document(
    found: FoundTable, cube: Cube, links: PxLinks, codes: Mapping[str, tuple[str, ...]]
) -> dict[str, object]:
    """Return the variables of a table with their values: those in ``codes``, or all of them."""
    axes = tuple((axis, codes.get(name, tuple(axis.positions))) for name, axis in cube.axes.items())
    shape = Shape(axes, tuple(cube.measures.values()), (*cube.axes, METRIC))
    address = links.table(found.pinned, "metadata")
    return {**json_stat_head(shape, about_table(found, cube, links, address=address)), "value": []}


def about_table(found: FoundTable, cube: Cube, links: PxLinks, *, address: str) -> About:
    """Return what JSON-stat documents say of a table: what all of them say, and what PxWeb has a place for.

    ``address`` is that of the document in this very release; only where the portal knows its own is it told.
    """
    about = about_cells(found.release, found.table, links.language, links.links)
    described, language = found.release.description, links.language
    first, last = periods(described, found.table)
    contact = described.contact
    extension = {
        **about.extension,
        # What made-up data says first, and what a null means, must be shown.
        "noteMandatory": {str(number): True for number in range(1 + described.synthetic)},
        "px": {
            "tableid": str(found.pinned),
            "matrix": str(found.id),
            "decimals": max(map(decimals, cube.measures.values())),
            "official-statistics": not described.synthetic,
            "aggregallowed": all(measure.additive for measure in cube.measures.values()),
            "language": language,
            "contents": found.table.title.of(language),
            "description": about.label,
            "descriptiondefault": True,
            "stub": list(cube.axes),
            "heading": [METRIC],
            "subject-code": described.theme,
            "updateFrequency": described.frequency,
            **({"nextUpdate": described.next_release} if described.next_release else {}),
        },
        "firstPeriod": first,
        "lastPeriod": last,
        "tags": list(described.keywords.of(language)),
        "discontinued": found.discontinued,
        "contact": [
            {
                "name": contact.name.of(language),
                "organization": described.publisher.name.of(language),
                "mail": contact.email,
                "raw": f"{contact.name.of(language)}, {contact.email}",
            }
        ],
    }
    extras = {code: _variable(variable, found, links) for code, variable in variables_of(cube).items()}
    return replace(about, extension=extension, extras=extras, href=address if links.links.base_url else "")


def _variable(variable: Variable, found: FoundTable, links: PxLinks) -> Mapping[str, object]:
    lists = [_named(each, links) for each in code_lists_of(found.id, variable)]
    return {
        "elimination": variable.has_total,
        **({"eliminationValueCode": TOTAL} if variable.has_total else {}),
        "codelists": lists,
        # Clients of PxAPI 2.0 know them by this name.
        "codeLists": lists,
    }


def _named(found: CodeList, links: PxLinks) -> dict[str, object]:
    return {
        "id": str(found.id),
        "label": found.label.of(links.language),
        "type": "Valueset" if found.id.kind == "vs" else "Aggregation",
        "links": [{**links.of_code_list(found.id)[0], "rel": "metadata"}],
    }


def code_lists_document(found: FoundTable, cube: Cube, links: PxLinks) -> dict[str, object]:
    """Return the code lists of all variables of a table."""
    lists = [each for variable in variables_of(cube).values() for each in code_lists_of(found.id, variable)]
    return {
        "language": links.language,
        "codelists": [_named(each, links) for each in lists],
        "links": links.itself(f"tables/{found.id}/codelists"),
    }


def code_list_document(found: CodeList, links: PxLinks) -> dict[str, object]:
    """Return a code list with its values, and what each stands for."""
    language, codelist = links.language, found.axis.codelist
    return {
        "id": str(found.id),
        "label": found.label.of(language),
        "language": language,
        "languages": list(LANGUAGES),
        "elimination": found.variable.has_total,
        **({"eliminationValueCode": TOTAL} if found.variable.has_total else {}),
        "type": "Valueset" if found.id.kind == "vs" else "Aggregation",
        "values": [
            {"code": code, "label": codelist.label(code).of(language), "valueMap": list(parts)}
            for code, parts in found.parts.items()
        ],
        "links": links.of_code_list(found.id),
    }


def default_selection_document(found: FoundTable, cube: Cube, links: PxLinks) -> dict[str, object]:
    """Return what is answered where nothing is selected."""
    selection = default_selection(cube)
    return {
        "language": links.language,
        "selection": [
            {"variableCode": each.variable, "codelist": None, "valueCodes": list(each.values)}
            for each in selection.variables
        ],
        "placement": {"heading": list(selection.heading), "stub": list(selection.stub)},
        "links": links.itself(f"tables/{found.id}/defaultselection"),
    }
