"""Titles of pages: the page, the section that it lies in, the product; nothing else, and the same everywhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.browser.sitemap import PAGES

TEMPLATES = Path(__file__).resolve().parents[2] / "templates"
# Those in which the form is written; one stands for all that may be down.
FRAMES = {"base.html", "500.html", "admin/base_site.html"}
BLOCK = re.compile(r"{% block (?:title|named) %}(.*)")
AREAS = {"companies": "Companies", "valuations": "Companies", "jobs": "Jobs"} | {
    name: name.capitalize() for name in ("portfolios", "prices", "performance")
}
ADDRESSES = [(who, path) for who, paths in PAGES.items() for path in paths if "{" not in path]


@pytest.mark.parametrize("path", sorted(TEMPLATES.rglob("*.html")), ids=str)
def test_a_page_says_its_own_name_only(path):
    found = BLOCK.search(path.read_text())
    if found and str(path.relative_to(TEMPLATES)) not in FRAMES:
        assert "·" not in found[1]
        assert "Valor" not in found[1]


@pytest.mark.django_db
@pytest.mark.parametrize(("who", "path"), ADDRESSES)
def test_the_section_and_the_product_follow(client, who, path, request):
    if who != "nobody":
        client.force_login(request.getfixturevalue(who))
    answer = client.get(path, follow=True)
    shown = answer.redirect_chain[-1][0] if answer.redirect_chain else path
    part, _, below = shown.partition("?")[0].strip("/").partition("/")
    area = [AREAS[part]] if below and part in AREAS else []
    found = re.search("<title>(.*)</title>", answer.content.decode())
    assert found
    name, *rest = found[1].split(" · ")
    assert name
    assert rest == [*area, "Valor IVX"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("path", "title"),
    [
        ("/admin/", "Site administration · Valor IVX"),
        ("/admin/performance/alert/", "Select alert to view · Administration · Valor IVX"),
    ],
)
def test_the_administrations_titles_have_the_same_form(client, operator, path, title):
    client.force_login(operator)
    assert f"<title>{title}</title>" in client.get(path).content.decode()
