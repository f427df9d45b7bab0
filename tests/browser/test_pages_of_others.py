"""Pages that the admin and Swagger UI draw: held to a written list of what is wrong there, which may only shrink."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.browser.measures import AT_REST, COLOURS, PAINTED, found

pytestmark = pytest.mark.browser

LISTED = json.loads(Path(__file__).with_name("violations_of_others.json").read_text())
LOOKS = [(width, scheme) for width in (1280, 360) for scheme in ("light", "dark")]
PAGES = [
    "/admin/",
    "/admin/auth/user/",
    "/admin/auth/user/1/change/",
    "/admin/auth/user/add/",
    "/admin/performance/silence/",
    "/admin/performance/tasksample/",
    "/admin/performance/threshold/1/change/",
    "/api/docs/",
]


@pytest.fixture(scope="module")
def session(stage) -> str:
    return str(stage("superuser"))


@pytest.mark.parametrize("path", PAGES)
def test_what_is_wrong_on_a_page_of_others_is_just_what_is_listed(visitor, session, path):
    visitor.hold(session)
    page = visitor.go(path)
    page.locator(".swagger-ui .opblock" if "docs" in path else "#content").first.wait_for(timeout=20_000)
    page.wait_for_load_state("networkidle")
    assert page.title()
    wrong: dict[str, str] = {}
    for width, scheme in LOOKS:
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme)
        page.evaluate(PAINTED)
        page.wait_for_function(AT_REST)
        rules = COLOURS if scheme == "dark" else None  # nothing else differs
        wrong |= {one["id"]: f"{width} {scheme}: {one['nodes'][0]['html'][:160]}" for one in found(page, rules)}
    listed = {entry["rule"] for entry in LISTED if entry["page"] == path}
    assert {rule: html for rule, html in wrong.items() if rule not in listed} == {}, "new"
    assert listed - set(wrong) == set(), "mended: take it off the list"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_admin_sends_somebody_who_is_signed_out_to_our_own_door(new_visitor, scheme):
    page = new_visitor(color_scheme=scheme).go("/admin/")
    assert "/sign-in/?next=" in page.url
    assert found(page) == []


def test_the_list_speaks_of_pages_that_are_looked_at_and_gives_its_reasons():
    assert {entry["page"] for entry in LISTED} <= set(PAGES)
    assert all(set(entry) == {"page", "rule", "reason"} and len(entry["reason"]) > 20 for entry in LISTED)
    assert len({(entry["page"], entry["rule"]) for entry in LISTED}) == len(LISTED)
