"""The formats: whatever a route or statement holds, each stays what it is."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from performance.report.build import Part, Report
from performance.report.formats import FORMATS, document, markdown, page, text
from performance.report.sections import TIME, Column, Content, Table, declared, section
from performance.timerange import Window
from performance.units import COUNT, MILLISECONDS, PERCENT

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
COLUMNS = (
    Column("route", "Route"),
    Column("count", "Requests", COUNT),
    Column("p95", "P95", MILLISECONDS),
    Column("errors", "Errors", PERCENT),
    Column("seen", "Seen", TIME),
)
ROW = {"route": "/a/", "count": 1234, "p95": 12.5, "errors": 0.25, "seen": NOW - timedelta(hours=1)}


def report_of(*rows, sentences=("All went well.",), note: bool = False) -> Report:
    parts = (
        Part("routes", "Routes", Content(sentences, [Table("By time", COLUMNS, rows)])),
        Part("jobs", "Jobs", Content(empty="No job finished.")),
    )
    window = Window(NOW - timedelta(hours=24), NOW, "24h")
    return Report(1, window, "Healthy", "Healthy: CPU 12 %.", not note, parts)


def unescaped_pipes(line: str) -> int:
    return len(re.findall(r"(?<!\\)(?:\\\\)*\|", line))


def test_text_aligns_its_columns() -> None:
    lines = text(report_of(ROW, ROW | {"count": 5, "p95": None})).splitlines()
    at = lines.index("By time:")
    assert lines[at + 1 : at + 4] == [
        "Route  Requests      P95  Errors  Seen",
        "/a/       1,234  12.5 ms   0.2 %  11:00 UTC",
        "/a/           5        –   0.2 %  11:00 UTC",
    ]


def test_every_format_says_the_status_the_sentences_and_what_is_empty() -> None:
    for make in (text, markdown, page):
        told = make(report_of(ROW))
        assert "Healthy: CPU 12 %." in told
        assert "All went well." in told
        assert "No job finished." in told


def test_markdown_tables_have_a_rule_that_aligns_figures() -> None:
    lines = markdown(report_of(ROW)).splitlines()
    at = next(index for index, line in enumerate(lines) if line.startswith("| Route"))
    assert lines[at + 1] == "| --- | ---: | ---: | ---: | --- |"
    assert lines[at - 1] == ""
    assert lines[at + 2].startswith("| /a/ | 1,234 | 12.5 ms |")


@given(st.text(max_size=60))
def test_no_text_breaks_a_markdown_table(words) -> None:
    lines = markdown(report_of(ROW | {"route": words})).splitlines()
    rows = [line for line in lines if line.startswith("| ")]
    assert len(rows) == 3
    assert {unescaped_pipes(line) for line in rows} == {6}


class Tags(HTMLParser):
    """Notes what a page is made of."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.open: list[str] = []
        self.cells: list[str] = []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        if tag not in ("meta",):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] == "td":
            self.cells.append(data)


@given(st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\r\x00"), min_size=1, max_size=60))
def test_no_text_breaks_the_page(words) -> None:
    parsed = Tags()
    parsed.feed(page(report_of(ROW | {"route": words}, sentences=[words])))
    assert parsed.open == []
    assert parsed.tags.count("td") == 5
    shown = " ".join(words.split()) or "–"
    assert "".join(parsed.cells).startswith(shown)


def test_the_page_stands_alone() -> None:
    made = page(report_of({"route": "<script>alert(1)</script>"}))
    assert "<script" not in made
    assert not re.search(r"(?:src|href)=|@import|url\(", made)
    assert made.count("<style>") == 1
    assert made.startswith("<!doctype html>")


def test_json_holds_the_figures_themselves_and_a_version() -> None:
    found = json.loads(document(report_of(ROW)))
    assert (found["version"], found["status"], found["measured"]) == (1, "Healthy", True)
    assert (found["since"], found["until"]) == ("2026-03-01T12:00:00Z", "2026-03-02T12:00:00Z")
    (table,) = found["sections"]["routes"]["tables"]
    assert table["rows"] == [ROW | {"seen": "2026-03-02T11:00:00Z"}]
    assert table["columns"][1] == {"name": "count", "label": "Requests", "unit": "count"}
    assert found["sections"]["jobs"]["tables"] == []


def test_a_long_statement_is_cut_in_text_only() -> None:
    report = report_of(ROW | {"route": "x" * 200})
    assert "x" * 200 not in text(report)
    assert "x" * 200 in markdown(report)
    assert "x" * 200 in page(report)


def test_what_must_be_known_first_is_told_first() -> None:
    for name in ("text", "markdown", "html"):
        made = FORMATS[name](report_of(note=True))
        assert made.index("Nothing was sampled") < made.index("Routes")


def test_a_section_is_declared_once_and_has_a_place() -> None:
    assert "routes" in [one.name for one in declared()]
    with pytest.raises(ValueError, match="declared twice"):
        section("routes", "Again")(lambda window: Content())
    with pytest.raises(ValueError, match="no place"):
        section("elsewhere", "Elsewhere")(lambda window: Content())
