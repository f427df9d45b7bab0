"""An answer that comes later than those to the questions after it."""

from __future__ import annotations

from contextlib import suppress

from playwright.sync_api import APIResponse, Error, Page, Route


class LateAnswer:
    """Holds back the first answer from an address; the server has given it, and it is under way until `comes`."""

    def __init__(self, page: Page, address: str) -> None:
        self.page = page
        self.held: list[tuple[Route, APIResponse]] = []
        page.route(address, self.hold)

    def hold(self, route: Route) -> None:
        if self.held:
            route.continue_()
        else:
            self.held.append((route, route.fetch()))

    def is_given(self) -> None:
        """Waits until the server has answered."""
        while not self.held:
            self.page.wait_for_timeout(50)

    def comes(self) -> None:
        route, late = self.held[0]
        with suppress(Error):  # the browser may have given the request up
            route.fulfill(response=late)
