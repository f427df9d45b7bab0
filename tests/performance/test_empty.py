"""Every performance page before anything was measured: it says so in a sentence, and what to do next."""

from __future__ import annotations

import re

import pytest

from tests.browser.sitemap import PAGES

MAIN = re.compile(r"<main.*</main>", re.DOTALL)
EMPTY = re.compile(r'<(?P<tag>p|div) class="empty"[^>]*>(?P<said>.*?)</(?P=tag)>', re.DOTALL)
# Something to press, to follow or to type; or when and where it comes by itself.
NEXT = re.compile(r"<a |<button|<code>|\b(here|above|below|next sample)\b")
# What stands there from the start: thresholds and actions. Errors have sentences of their own.
NEVER_EMPTY = {"/performance/settings/", "/performance/optimize/", "/performance/?range=century"}


def addresses(person: str) -> list[str]:
    return [one for one in PAGES[person] if one.startswith("/performance/") and "{" not in one]


def said(client, address: str) -> list[str]:
    found = MAIN.search(client.get(address).content.decode())
    assert found
    return [" ".join(match["said"].split()) for match in EMPTY.finditer(found[0])]


@pytest.mark.parametrize("address", [one for one in addresses("operator") if one not in NEVER_EMPTY])
def test_an_empty_page_says_so_once_and_names_the_next_step(client, operator, address):
    client.force_login(operator)
    sentences = said(client, address)
    assert sentences
    assert len(sentences) == len(set(sentences))
    assert [sentence for sentence in sentences if not NEXT.search(sentence)] == []


def test_an_analyst_is_not_told_to_do_what_only_operators_can(client, analyst):
    client.force_login(analyst)
    [sentence] = said(client, "/performance/")
    assert "ask an operator" in sentence
    assert not any("manage.py" in told for address in addresses("analyst") for told in said(client, address))
