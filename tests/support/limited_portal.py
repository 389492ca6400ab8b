"""A portal that lets a caller ask a few times a minute."""

from __future__ import annotations

from fastapi import FastAPI

from portal.public.app import PortalOptions
from portal.public.metering import CallerLimits, Metering
from tests.support.http import Client
from tests.support.releases import DemoStore


class Limited:
    """A portal of a few calls a minute whose clock stands still, and one caller."""

    def __init__(self, app: FastAPI, client: Client) -> None:
        self.client = client
        self.now = 1_800_000_000.0
        self.metering: Metering = app.state.services.metering
        self.metering.clock = lambda: self.now

    def use_up(self) -> None:
        """Ask until nothing is left."""
        while self.client.get("/api/v1/datasets").status_code == 200:
            pass


def options(demo: DemoStore, callers: CallerLimits) -> PortalOptions:
    return PortalOptions(demo.root, demo.public_key, callers=callers)
