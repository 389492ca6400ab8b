"""How a request may bring an API key, as OpenAPI tells it; portal.public.callers reads what it says here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_ABOUT = "More may be used with it; everything can be read without. The publisher of this portal hands keys out."
KEY_SCHEMES: Mapping[str, Mapping[str, Any]] = {
    "ApiKey": {"type": "apiKey", "in": "header", "name": "X-API-Key", "description": f"An API key. {_ABOUT}"},
    "Bearer": {"type": "http", "scheme": "bearer", "description": f"The same API key as a token. {_ABOUT}"},
}
KEYS_OPTIONAL: tuple[Mapping[str, Any], ...] = ({}, *({name: []} for name in KEY_SCHEMES))
"""The requirement that any request fulfils: no key at all, or one."""
