"""The pages of errors, which stand alone: readable by all, and whole on a small phone, light and dark."""

from __future__ import annotations

import pytest

from tests.browser.measures import COLOURS, PAINTED, misfits, violations

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

KINDS = {"suspicious": 400, "forbidden": 403, "missing": 404, "broken": 500, "database": 503}


@pytest.mark.parametrize("kind", KINDS)
def test_the_page_of_an_error_is_accessible_and_whole(visit, settings, live_server, kind):
    settings.ROOT_URLCONF = "tests.valor.urls"
    page = visit("analyst")
    answer = page.goto(f"{live_server.url}/fails/{kind}/")
    assert answer.status == KINDS[kind]
    assert "default-src" in answer.headers["content-security-policy"]
    page.get_by_role("heading", level=1).wait_for()
    assert misfits(page) + violations(page) == []
    page.emulate_media(color_scheme="dark")
    assert violations(page, COLOURS) == []
    for width in (640, 360, 320):
        page.set_viewport_size({"width": width, "height": 640})
        page.evaluate(PAINTED)
        assert misfits(page) == []
    assert violations(page) == []
