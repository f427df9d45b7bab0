"""Which layouts make sense, and what a stored one still shows when they don't any more."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from performance.dashboards import layout, steps
from performance.dashboards.options import metrics
from performance.dashboards.tops import TOPS, register
from performance.dashboards.widgets import KINDS, Lost, kinds
from performance.dashboards.widgets import register as register_kind
from valor.lib.errors import InvalidInput, NotFound

pytestmark = pytest.mark.django_db
CPU = {"kind": "stat", "metric": "system.cpu_percent"}


def faults(entries) -> list[tuple[str, object]]:
    with pytest.raises(InvalidInput) as refused:
        layout.checked(entries)
    assert all(problem.message and problem.remedy for problem in refused.value.problems)
    return [(problem.field, problem.value) for problem in refused.value.problems]


def test_the_default_is_complete_and_stays_as_it_is_when_it_is_checked_again():
    made = layout.default()
    assert [entry["key"] for entry in made] == [f"w{number}" for number in range(1, len(made) + 1)]
    assert layout.checked(made) == made
    assert {entry["kind"] for entry in made} <= set(kinds())


def test_what_is_left_out_is_filled_in():
    (made,) = layout.checked([CPU])
    assert made == {"key": "w1", "kind": "stat", "title": "", "width": 1, "metric": "system.cpu_percent", "host": ""}


def test_keys_stay_and_new_ones_are_free():
    made = layout.checked([{**CPU, "key": "w7"}, CPU, {**CPU, "key": "w2"}])
    assert [entry["key"] for entry in made] == ["w7", "w8", "w2"]
    made = layout.checked([{**CPU, "key": "w9999"}, CPU])
    assert [entry["key"] for entry in made] == ["w9999", "w1"]


@pytest.mark.parametrize(
    ("entry", "field", "value"),
    [
        ("x", "layout.0", "x"),
        ({}, "layout.0.kind", None),
        ({"kind": "pie"}, "layout.0.kind", "pie"),
        ({"kind": ["stat"]}, "layout.0.kind", "['stat']"),
        ({"kind": "stat"}, "layout.0.metric", None),
        ({"kind": "stat", "metric": "system.nothing"}, "layout.0.metric", "system.nothing"),
        ({"kind": "stat", "metric": 7}, "layout.0.metric", "7"),
        ({**CPU, "host": "nowhere"}, "layout.0.host", "nowhere"),
        ({**CPU, "width": 4}, "layout.0.width", "4"),
        ({**CPU, "width": True}, "layout.0.width", "True"),
        ({**CPU, "title": "x" * 81}, "layout.0.title", "x" * 80),
        ({**CPU, "title": "a\0"}, "layout.0.title", "a"),
        ({**CPU, "title": None}, "layout.0.title", "None"),
        ({**CPU, "key": "w0"}, "layout.0.key", "w0"),
        ({**CPU, "key": 1}, "layout.0.key", "1"),
        ({**CPU, "hots": "web-1"}, "layout.0.hots", None),
        ({"kind": "chart", "panel": "no"}, "layout.0.panel", "no"),
        ({"kind": "top", "list": "routes", "rows": "7"}, "layout.0.rows", "7"),
        ({"kind": "series", "metrics": []}, "layout.0.metrics", "[]"),
        ({"kind": "series", "metrics": "system.cpu_percent"}, "layout.0.metrics", "system.cpu_percent"),
        ({"kind": "series", "metrics": ["system.cpu_percent"] * 2}, "layout.0.metrics", None),
    ],
)
def test_what_makes_no_sense_is_refused_by_name(entry, field, value):
    found = faults([entry])
    assert field in dict(found)
    if value is not None:
        assert (field, value) in found


def test_one_chart_has_one_category_and_one_unit_and_four_lines_at_most():
    def chosen(*names):
        return [{"kind": "series", "metrics": list(names)}]

    assert faults(chosen("system.cpu_percent", "database.hit_percent"))
    assert faults(chosen("system.cpu_percent", "system.memory_used"))
    four = ["system.cpu_percent", "system.memory_percent", "system.disk_percent", "system.swap_percent"]
    assert layout.checked(chosen(*four))
    assert faults(chosen(*four, "system.cpu_worst_core"))


def test_there_are_at_most_24_panels_and_every_key_is_there_once():
    assert len(layout.checked([CPU] * layout.MOST)) == 24
    assert faults([CPU] * 25) == [("layout", 25)]
    assert faults({"kind": "stat"}) == [("layout", "{'kind': 'stat'}")]
    assert faults([{**CPU, "key": "w1"}, {**CPU, "key": "w1"}]) == [("layout.1.key", "w1")]


def test_every_figure_there_is_can_be_a_panel():
    for group in metrics().values():
        for name, _ in group:
            entries = layout.checked([{"kind": "stat", "metric": name}, {"kind": "series", "metrics": [name]}])
            assert all(widget.title for widget in layout.widgets_of(entries))


def test_what_is_not_there_any_more_says_so_and_the_others_stay():
    found = layout.widgets_of([{**CPU, "key": "w3"}, {"kind": "stat", "metric": "system.gone", "key": "w4"}, 7, CPU])
    assert [type(widget) is Lost for widget in found] == [False, True, True, False]
    assert found[1].key == "w4"
    assert len({widget.key for widget in found}) == 4


def test_a_host_that_is_gone_keeps_its_panel():
    (widget,) = layout.widgets_of([{**CPU, "key": "w1", "host": "web-9"}])
    assert widget.title == "CPU on web-9"


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["kind", "key", "width", "title"]), inner),
    )
)
def test_no_stored_layout_breaks_a_page(stored):
    for widget in layout.widgets_of(stored):
        assert widget.name.startswith("own-w")
    try:
        assert layout.widgets_of(layout.checked(stored)) is not None
    except InvalidInput as error:
        assert error.problems


def test_kinds_and_lists_are_declared_once():
    with pytest.raises(ValueError, match="declared twice"):
        register_kind(kinds()["stat"])
    with pytest.raises(ValueError, match="declared twice"):
        register(TOPS["routes"])
    assert list(KINDS) == ["chart", "series", "stat", "top", "alerts", "status", "advice"]


def three() -> list[dict]:
    return layout.checked([{**CPU, "title": title} for title in "abc"])


@pytest.mark.parametrize(
    ("key", "step", "order", "focus"),
    [
        ("w2", "up", "bac", "down"),
        ("w3", "up", "acb", "up"),
        ("w1", "down", "bac", "down"),
        ("w2", "down", "acb", "up"),
        ("w3", "first", "cab", "last"),
        ("w1", "last", "bca", "first"),
        ("w1", "up", "abc", "down"),
        ("w3", "last", "abc", "first"),
    ],
)
def test_a_step_moves_one_panel_and_keeps_the_focus_where_it_is_of_use(key, step, order, focus):
    done = steps.taken(three(), key, step)
    assert "".join(entry["title"] for entry in done.layout) == order
    assert steps.focus_after(done.layout, key, step) == focus


def test_a_panel_grows_and_shrinks_between_a_third_and_the_whole():
    found = three()
    for width in (2, 3, 3):
        found = steps.taken(found, "w1", "wider").layout
        assert found[0]["width"] == width
    assert steps.focus_after(found, "w1", "wider") == "narrower"
    for width in (2, 1, 1):
        found = steps.taken(found, "w1", "narrower").layout
        assert found[0]["width"] == width


def test_steps_that_do_not_exist_are_refused():
    with pytest.raises(InvalidInput):
        steps.taken(three(), "w1", "sideways")
    for step in (steps.removed, lambda found, key: steps.taken(found, key, "up")):
        with pytest.raises(NotFound):
            step(three(), "w9")


def test_what_is_lost_can_be_moved_and_removed():
    stored = [{**CPU, "key": "w1"}, {"kind": "gone", "key": "w2"}]
    assert [entry["key"] for entry in steps.taken(stored, "w2", "up").layout] == ["w2", "w1"]
    assert [entry["key"] for entry in steps.removed(stored, "w2").layout] == ["w1"]
