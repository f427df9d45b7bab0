from datetime import UTC, datetime

import pytest
from django.template import engines
from django.utils import timezone

from valor.icons import ICONS, STATES


def rendered(source: str, **context) -> str:
    return engines["django"].from_string(source).render(context)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("{{ x|number }}", "1,234.6"),
        ("{{ x|number:0 }}", "1,235"),
        ("{{ x|signed }}", "+1,234.6"),
        ("{{ x|percent:0 }}", "123,456 %"),
        ("{{ x|money }}", "1.2bn"),
        ('{{ x|money:"USD" }}', "USD 1.2bn"),
        ('{{ x|money:"USD units" }}', "USD 1.2k"),
        ('{% money x "EUR" "units" %}', "EUR 1.2k"),
        ("{{ x|size }}", "1.2 kB"),
        ("{{ 999.4|size }}", "999 B"),
        ("{{ 67108864|size }}", "67.1 MB"),
        ("{{ nothing|size }}", "–"),
        ("{{ nothing|number }}", "–"),
        ("{{ none|percent }}", "–"),
    ],
)
def test_figures_in_templates(source, expected):
    assert rendered(source, x=1234.56, none=None) == expected


def test_dates_in_a_sentence_stay_whole_where_its_line_breaks():
    source = "{{ words|dated }}"
    told = "Value as of <time>2026-01-31</time>, from <time>2025-12-31</time> &lt;b&gt; on; part 12-2026-01-311."
    assert rendered(source, words="Value as of 2026-01-31, from 2025-12-31 <b> on; part 12-2026-01-311.") == told
    assert rendered(source, words=None) == ""


@pytest.mark.parametrize("name", STATES)
def test_every_state_is_an_icon_and_a_word(name):
    html = rendered("{% state name %}", name=name)
    assert "<svg" in html
    assert STATES[name][2] in html


def test_a_state_is_found_whatever_its_case_and_takes_another_word():
    assert "Alles gut" in rendered('{% state "DONE" "Alles gut" %}')


def test_every_icon_that_a_state_names_exists():
    assert {shape for shape, _, _ in STATES.values()} <= set(ICONS)


def test_an_icon_is_silent_unless_it_has_a_label():
    assert 'aria-hidden="true"' in rendered('{% icon "check" %}')
    assert 'role="img" aria-label="a &lt;b&gt;"' in rendered('{% icon "check" label %}', label="a <b>")


def test_a_time_is_shown_in_the_viewers_zone_and_in_utc_on_hover():
    moment = datetime(2026, 1, 15, 12, 30, 5, tzinfo=UTC)
    with timezone.override("America/New_York"):
        html = rendered("{% when moment %}", moment=moment)
    assert ">2026-01-15 07:30 EST<" in html
    assert 'datetime="2026-01-15T12:30:05Z"' in html
    assert 'title="2026-01-15 12:30:05 UTC"' in html


def test_a_time_that_is_not_yet_is_a_dash():
    assert rendered("{% when moment %}", moment=None) == "–"
