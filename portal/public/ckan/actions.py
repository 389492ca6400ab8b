"""Every action of the portal by its name, and those of CKAN that write, which are refused."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from portal.public.ckan import catalog_actions, data_actions
from portal.public.ckan.context import Action, Context
from portal.public.ckan.failures import ActionFailed, denied, not_found
from portal.public.ckan.parameters import Parameters, required

_RUN: Mapping[str, Callable[[Context, Parameters], Any]] = {
    **{
        function.__name__: function
        for function in (
            catalog_actions.site_read,
            catalog_actions.status_show,
            catalog_actions.package_list,
            catalog_actions.package_show,
            catalog_actions.package_search,
            catalog_actions.current_package_list_with_resources,
            catalog_actions.package_autocomplete,
            catalog_actions.organization_list,
            catalog_actions.organization_show,
            catalog_actions.group_list,
            catalog_actions.group_show,
            catalog_actions.group_package_show,
            catalog_actions.tag_list,
            catalog_actions.tag_show,
            catalog_actions.tag_search,
            catalog_actions.tag_autocomplete,
            catalog_actions.license_list,
            catalog_actions.resource_show,
            catalog_actions.resource_search,
            catalog_actions.format_autocomplete,
        )
    },
    "organization_list_for_user": catalog_actions.nothing_listed,
    "package_relationships_list": catalog_actions.nothing_listed,
    "resource_view_list": catalog_actions.nothing_listed,
    "vocabulary_list": catalog_actions.nothing_listed,
    "user_list": catalog_actions.people,
    "user_show": catalog_actions.people,
}
_READ = (data_actions.datastore_search, data_actions.datastore_search_sql, data_actions.datastore_info)
_WRITTEN = {
    "package": ("create", "update", "patch", "revise", "delete", "owner_org_update", "resource_reorder"),
    "dataset": ("purge",),
    "resource": ("create", "update", "patch", "delete"),
    "resource_view": ("create", "update", "delete", "reorder"),
    "organization": ("create", "update", "patch", "delete", "purge", "member_create", "member_delete"),
    "group": ("create", "update", "patch", "delete", "purge", "member_create", "member_delete"),
    "datastore": ("create", "upsert", "delete", "records_delete", "run_triggers", "function_create"),
    "tag": ("create", "delete"),
    "user": ("create", "update", "patch", "delete", "invite"),
    "vocabulary": ("create", "update", "delete"),
    "api_token": ("create", "revoke"),
    "member": ("create", "delete"),
}


def help_show(_context: Context, given: Parameters) -> str:
    """Say what an action does.

    :param name: its name
    """
    action = ACTIONS.get(required(given, "name"))
    if action is None:
        raise not_found("Action function not found")
    return action.help


def _actions() -> Iterator[Action]:
    yield Action("help_show", inspect.getdoc(help_show) or "", run=help_show)
    for name, run in _RUN.items():
        yield Action(name, inspect.getdoc(run) or "", run=run)
    for read in _READ:
        yield Action(read.__name__, inspect.getdoc(read) or "", read=read)


ACTIONS: Mapping[str, Action] = {action.name: action for action in _actions()}
"""What can be asked."""
WRITING = frozenset(f"{thing}_{verb}" for thing, verbs in _WRITTEN.items() for verb in verbs)
"""Actions of CKAN that would change something."""


def refused(name: str) -> ActionFailed:
    """Make the failure for an action that writes."""
    return denied(f"This portal publishes signed releases and is read only: {name} is not to be had")
