"""The pages of dashboards: who sees what, what moves on them, and composing them without scripts."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.urls import reverse

from performance.dashboards import services, tops
from performance.dashboards.models import Dashboard, Shared
from performance.dashboards.widgets import FOR_OPERATORS
from tests.conftest import make_user
from tests.performance.test_advice_api import make as make_advice

pytestmark = pytest.mark.django_db
ALL = [
    {"kind": "status"},
    {"kind": "stat", "metric": "application.latency_p95"},
    {"kind": "stat", "metric": "system.cpu_percent", "host": "web-2", "title": "Second"},
    {"kind": "chart", "panel": "cpu"},
    {"kind": "chart", "panel": "cpu", "host": "web-2"},
    {"kind": "series", "metrics": ["tasks.waiting", "tasks.workers"], "width": 2},
    {"kind": "alerts"},
    {"kind": "alerts", "severity": "critical", "hosts": "chosen", "title": "Grave"},
    {"kind": "advice"},
    *({"kind": "top", "list": name} for name in ("routes", "statements", "processes", "cache", "jobs")),
]
SECRETS = ("GET /companies/", "worker 12", "The disk of web-1 is full")


def text_of(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


def page(name: str, *args) -> str:
    return reverse(f"performance:{name}", args=args)


def data(row: Dashboard, version: int | None = None) -> str:
    return page("dashboard-data", row.slug, version or row.version)


@pytest.fixture
def hosts(store_all, worker, now):
    for host in ("web-1", "web-2"):
        store_all(now - timedelta(seconds=30), host=host)
        store_all(now, host=host)


@pytest.fixture
def board(operator, hosts):
    return services.create(owner=operator, title="All of it", shared_with=Shared.EVERYBODY, layout=ALL)


@pytest.fixture
def web(client, operator):
    client.force_login(operator)
    return client


@pytest.fixture
def compose(web, operator):
    """The operator's own empty dashboard, and a form that says what it was seen with."""
    row = services.create(owner=operator, title="Mine", layout=[])

    def send(name: str, *args, version: int | None = None, **values):
        row.refresh_from_db()
        return web.post(page(name, row.slug, *args), {"version": version or row.version, **values})

    send.row = row
    return send


def test_a_dashboard_shows_its_panels_in_their_order_and_its_poll_brings_what_moves(web, board):
    make_advice()
    html = web.get(page("dashboard", board.slug)).content.decode()
    places = [html.index(f'id="own-w{number}"') for number in range(1, len(ALL) + 1)]
    assert places == sorted(places)
    text = text_of(html)
    for words in ("45.0 ms", "Second", *SECRETS, "CPU on web-2"):
        assert words in text, words
    assert f'data-source="{data(board)}?' in html
    answer = web.get(data(board), {"host": "web-1"}).json()
    assert set(answer["charts"]) == {"own-w4", "own-w5", "own-w6"}
    moving = {f"own-w{n}" for n in range(1, len(ALL) + 1)} - set(answer["charts"])
    assert set(answer["fragments"]) == {"bar", "status", "marks", *moving}


def test_a_panel_of_a_host_of_its_own_shows_that_one(web, board, hosts):
    from performance.models import SystemSample

    SystemSample.objects.filter(host="web-2").update(cpu_percent=87.0)
    answer = web.get(data(board), {"host": "web-1"}).json()
    values = {slug: set(chart["data"][1]) - {None} for slug, chart in answer["charts"].items()}
    assert values["own-w4"] == {12.0} and values["own-w5"] == {87.0}
    assert "87.0" in answer["fragments"]["own-w3"]
    assert "host=web-2" in answer["charts"]["own-w5"]["source"]
    both = web.get(data(board), {"host": "web-2"}).json()["charts"]
    assert both["own-w4"]["data"] == both["own-w5"]["data"]


def test_range_host_and_comparison_are_those_of_the_other_pages(web, board):
    html = web.get(page("dashboard", board.slug), {"range": "24h", "compare": "day", "host": "web-2"}).content.decode()
    assert "range=24h&amp;compare=day&amp;host=web-2" in html
    answer = web.get(data(board), {"range": "24h", "compare": "day", "host": "web-2"}).json()
    assert [more["kind"] for more in answer["charts"]["own-w4"]["more"]][:1] == ["before"]
    assert web.get(page("dashboard", board.slug), {"range": "3h"}).status_code == 400
    assert web.get(data(board), {"host": "nowhere"}).status_code == 400


def test_what_is_new_makes_an_answer_and_nothing_else_does(web, board, store_all, now):
    first = web.get(data(board), {"host": "web-1"})
    again = {"If-None-Match": first.headers["ETag"]}
    assert web.get(data(board), {"host": "web-1"}, headers=again).status_code == 304
    make_advice()
    second = web.get(data(board), {"host": "web-1"}, headers=again)
    assert "The disk of web-1 is full" in second.json()["fragments"]["own-w9"]
    store_all(now + timedelta(seconds=1))
    again = {"If-None-Match": second.headers["ETag"]}
    assert web.get(data(board), {"host": "web-1"}, headers=again).status_code == 200


@pytest.mark.parametrize(("name", "rows"), [("jobs", "busiest_kinds"), ("statements", "busiest_statements")])
def test_a_list_that_is_bound_to_no_sample_moves_without_one(web, board, monkeypatch, name, rows):
    monkeypatch.setattr(tops, rows, lambda: [("Before", "1", "2", "3")])
    again = {"If-None-Match": web.get(data(board)).headers["ETag"]}
    assert web.get(data(board), headers=again).status_code == 304
    monkeypatch.setattr(tops, rows, lambda: [("Afterwards", "1", "2", "3")])
    assert "Afterwards" in web.get(data(board), headers=again).content.decode()


def test_nobody_s_answer_hangs_on_a_list_that_is_withheld(client, analyst, board, monkeypatch):
    client.force_login(analyst)
    again = {"If-None-Match": client.get(data(board)).headers["ETag"]}
    monkeypatch.setattr(tops, "busiest_statements", lambda: [("Afterwards", "1", "2", "3")])
    assert client.get(data(board), headers=again).status_code == 304


def test_analysts_are_told_what_is_for_operators_and_shown_none_of_it(client, analyst, board):
    make_advice()
    client.force_login(analyst)
    html = client.get(page("dashboard", board.slug)).content.decode()
    poll = client.get(data(board), {"host": "web-1"}).content.decode()
    for answer in (html, poll):
        assert answer.count(FOR_OPERATORS) == 5
        for secret in SECRETS:
            assert secret not in answer, secret
    assert "Kinds of jobs by time" in html and "45.0" in html
    assert page("alerts") not in html and page("queries") not in html
    assert "Copy to your own" in html and page("dashboard-edit", board.slug) not in html


def test_what_is_open_is_listed_by_severity_and_host(web, board, judged, store, now):
    assert "No alert is open." in web.get(page("dashboard", board.slug)).content.decode()
    for minute in range(4):
        alerts = judged(store(now + timedelta(minutes=minute), host="web-2", disk_percent=93.0))
    assert alerts
    html = web.get(page("dashboard", board.slug), {"host": "web-1"}).content.decode()
    every, grave = (html[html.index(f'id="own-w{n}"') : html.index(f'id="own-w{n + 1}"')] for n in (7, 8))
    assert "disk on web-2" in every and page("alert", alerts[0].pk) in every
    assert "No such alert is open." in grave


def test_queries_do_not_grow_with_the_panels(client, operator, hosts, django_assert_max_num_queries, board):
    client.force_login(operator)
    with django_assert_max_num_queries(40) as few:
        client.get(page("dashboard", board.slug))
    many = [{"kind": "series", "metrics": [f"system.{n}"]} for n in ("load_1", "cpu_percent", "swap_percent")]
    wide = services.create(owner=operator, title="Wide", layout=[*ALL, *many, *many, *many, {"kind": "status"}])
    with django_assert_max_num_queries(len(few.captured_queries)):
        assert client.get(page("dashboard", wide.slug)).status_code == 200


def test_one_that_was_changed_meanwhile_says_so(web, board):
    assert "load it again" not in web.get(data(board)).content.decode()
    services.reset(dashboard=board, version=1)
    assert "load it again" in web.get(data(board, 1)).json()["fragments"]["outdated"]


def test_what_is_stored_and_makes_no_sense_is_told_in_its_place(web, board):
    Dashboard.objects.update(layout=[{"kind": "stat", "key": "w1", "metric": "system.gone", "title": "Old"}, 7])
    text = text_of(web.get(page("dashboard", board.slug)).content.decode())
    assert "Old What it showed is not there any more: metric “system.gone”" in text
    assert web.get(data(board)).status_code == 200
    assert web.get(page("dashboard-edit", board.slug)).status_code == 200
    assert web.get(page("dashboard-panel", board.slug, "w1")).status_code == 404
    Dashboard.objects.update(layout={"odd": 1})
    assert "has no panel yet" in web.get(page("dashboard", board.slug)).content.decode()


def test_before_the_first_sample_a_dashboard_waits_for_one(web, operator):
    row = services.create(owner=operator, title="Early", layout=[e for e in ALL if e.get("host") is None])
    assert web.get(page("dashboard", row.slug)).status_code == 200
    assert web.get(data(row)).status_code == 200


@pytest.mark.parametrize("name", ["dashboard", "dashboard-edit"])
def test_anothers_private_one_is_not_there_and_a_shared_one_is_not_ones_own(client, analyst, operator, name):
    private = services.create(owner=operator, title="Private")
    shared = services.create(owner=operator, title="Shared", shared_with=Shared.EVERYBODY)
    assert client.get(page(name, private.slug)).status_code == 302
    client.force_login(analyst)
    assert client.get(page(name, private.slug)).status_code == 404
    assert client.get(page(name, "nothing")).status_code == 404
    answer = client.get(page(name, shared.slug))
    assert answer.status_code == (200 if name == "dashboard" else 403)
    if name == "dashboard-edit":
        assert "Only its owner changes this dashboard" in answer.content.decode()
    for poll, status in ((data(private), 404), (data(shared), 200)):
        assert client.get(poll).status_code == status
    client.logout()
    assert client.get(data(shared)).status_code == 401


def test_who_holds_no_role_has_no_dashboards(client, db):
    client.force_login(make_user("nora"))
    assert client.get(page("dashboards")).status_code == 403
    assert client.post(page("dashboards"), {"title": "A", "start": "default"}).status_code == 403


WRITES = ("copy", "remove", "restore", "reset", "undo")


@pytest.mark.parametrize("name", WRITES)
def test_whatever_writes_is_posted_by_its_owner(client, analyst, operator, name):
    row = services.create(owner=operator, title="Private")
    path = page(f"dashboard-{name}", row.slug)
    client.force_login(operator)
    assert client.get(path).status_code == 405
    client.force_login(analyst)
    assert client.post(path, {"version": 1}).status_code == 404
    row.refresh_from_db()
    assert (row.version, row.removed_at) == (1, None)


def test_the_list_names_the_next_step_and_a_new_one_is_made_there(web):
    assert "You have no dashboard yet: give one a title below" in web.get(page("dashboards")).content.decode()
    answer = web.post(page("dashboards"), {"title": "", "start": "default"})
    assert answer.status_code == 422 and "This field is required" in answer.content.decode()
    answer = web.post(page("dashboards"), {"title": "Night watch", "start": "empty"}, follow=True)
    assert answer.request["PATH_INFO"] == page("dashboard-edit", "night-watch")
    assert "No panel yet: choose the first one below." in answer.content.decode()
    assert Dashboard.objects.get().layout == []
    assert "Night watch" in web.get(page("dashboards")).content.decode()
    assert page("dashboards") in web.get(page("overview")).content.decode()


def test_what_was_removed_can_be_undone_on_the_list(web, compose):
    answer = web.post(page("dashboard-remove", "mine"), follow=True)
    assert answer.redirect_chain[-1][0] == f"{page('dashboards')}#removed"
    assert page("dashboard-restore", "mine") in answer.content.decode()
    assert web.get(page("dashboard", "mine")).status_code == 404
    web.post(page("dashboard-restore", "mine"))
    assert web.get(page("dashboard", "mine")).status_code == 200


def test_a_shared_one_is_copied_to_ones_own(client, analyst, board):
    client.force_login(analyst)
    assert page("dashboard-copy", board.slug) in client.get(page("dashboards")).content.decode()
    answer = client.post(page("dashboard-copy", board.slug))
    assert answer.url == page("dashboard-edit", "copy-of-all-of-it")
    assert Dashboard.objects.get(owner=analyst).layout == board.layout


def test_panels_are_added_changed_moved_and_removed_and_each_step_is_undone(web, compose):
    row = compose.row
    answer = compose("dashboard-add", "stat", metric="system.cpu_percent", host="", title="", width="1")
    assert answer.url == f"{page('dashboard-edit', 'mine')}#w1"
    lines = {"metrics_1": "tasks.waiting", "metrics_2": "", "metrics_3": "tasks.workers", "metrics_4": ""}
    compose("dashboard-add", "series", **lines, host="", title="Work", width="2")
    row.refresh_from_db()
    assert [(entry["kind"], entry["width"]) for entry in row.layout] == [("stat", 1), ("series", 2)]
    assert row.layout[1]["metrics"] == ["tasks.waiting", "tasks.workers"]
    html = web.get(page("dashboard-panel", "mine", "w2")).content.decode()
    assert 'value="Work"' in html and '<option value="tasks.workers" selected>' in html
    compose("dashboard-panel", "w1", metric="system.disk_percent", host="", title="Room", width="3")
    assert compose("dashboard-step", "w1", step="down").url.endswith("#w1-up")
    row.refresh_from_db()
    assert [entry["key"] for entry in row.layout] == ["w2", "w1"]
    assert row.layout[1]["title"] == "Room"
    assert compose("dashboard-step", "w2", step="remove").url.endswith("#undo")
    assert "Work was removed." in web.get(page("dashboard-edit", "mine")).content.decode()
    compose("dashboard-undo")
    row.refresh_from_db()
    assert [entry["key"] for entry in row.layout] == ["w2", "w1"]
    compose("dashboard-reset")
    row.refresh_from_db()
    assert len(row.layout) > 2


@pytest.mark.parametrize(
    ("kind", "values", "words"),
    [
        ("stat", {"metric": ""}, "Nothing is chosen."),
        ("stat", {"metric": "system.gone"}, "“system.gone”: There is no such choice."),
        ("stat", {"metric": "system.cpu_percent", "host": "nowhere"}, "“nowhere”: There is no such choice."),
        ("stat", {"metric": "system.cpu_percent", "width": "9"}, "9 is not one of the available choices"),
        ("stat", {"metric": "system.cpu_percent", "title": "x" * 81}, "at most 80 characters"),
        ("series", {"metrics_1": "system.cpu_percent", "metrics_2": "tasks.waiting"}, "One chart shows one category."),
        ("series", {"metrics_1": "system.cpu_percent", "metrics_2": "system.load_1"}, "Choose lines of one unit"),
        ("series", {}, "This takes one to 4."),
        ("top", {"list": "routes", "rows": "7"}, "“7”: There is no such choice."),
        ("stat", {"metric": "system.cpu_percent", "version": "x"}, "Enter a whole number"),
    ],
)
def test_a_panel_that_makes_no_sense_is_refused_and_nothing_is_stored(web, compose, kind, values, words):
    sent = {"version": compose.row.version, "title": "", "width": "1", "host": "", **values}
    answer = web.post(page("dashboard-add", "mine", kind), sent)
    assert answer.status_code == 422
    assert words in text_of(answer.content.decode()).replace("&quot;", '"')
    compose.row.refresh_from_db()
    assert (compose.row.layout, compose.row.version) == ([], 1)


def test_what_was_changed_in_another_window_is_not_overwritten(web, compose):
    compose("dashboard-add", "status", title="", width="3")
    late = {"version": 1, "title": "Late", "width": "1", "metric": "system.cpu_percent", "host": ""}
    answer = web.post(page("dashboard-add", "mine", "stat"), late)
    assert answer.status_code == 409
    html = answer.content.decode()
    assert "in the meantime" in html and 'value="Late"' in html and 'name="version" value="2"' in html
    for name, args, values in (
        ("dashboard-step", ["w1"], {"step": "remove"}),
        ("dashboard-edit", [], {"title": "Late", "shared_with": "nobody"}),
        ("dashboard-reset", [], {}),
        ("dashboard-undo", [], {}),
    ):
        answer = compose(name, *args, version=1, **values)
        assert answer.status_code == 409, name
        assert "in the meantime" in answer.content.decode()
    compose.row.refresh_from_db()
    assert (compose.row.version, compose.row.title, len(compose.row.layout)) == (2, "Mine", 1)
    assert web.post(page("dashboard-step", "mine", "w1"), {"step": "up"}).status_code == 409
    assert web.post(page("dashboard-step", "mine", "w1"), {"step": "up", "version": "9" * 18}).status_code == 409


@pytest.mark.parametrize(
    ("name", "args", "values", "status"),
    [
        ("dashboard-step", ["w9"], {"step": "up"}, 404),
        ("dashboard-step", ["odd"], {"step": "remove"}, 404),
        ("dashboard-add", ["pie"], {}, 404),
        ("dashboard-panel", ["w9"], {}, 404),
        ("dashboard-edit", [], {"title": "", "shared_with": "nobody"}, 422),
        ("dashboard-edit", [], {"title": "A", "shared_with": "the world"}, 422),
    ],
)
def test_odd_requests_are_refused(compose, name, args, values, status):
    assert compose(name, *args, **values).status_code == status


def test_a_step_that_does_not_exist_is_named(compose):
    compose("dashboard-add", "status", title="", width="3")
    answer = compose("dashboard-step", "w1", step="sideways")
    assert answer.status_code == 400
    assert "There is no such step. Use one of first, up, down" in text_of(answer.content.decode())


def test_a_full_dashboard_takes_no_more(web, compose, operator):
    Dashboard.objects.filter(pk=compose.row.pk).update(
        layout=[{"key": f"w{n}", "kind": "status", "title": "", "width": 3} for n in range(1, 25)]
    )
    assert "at most 24 panels" in web.get(page("dashboard-edit", "mine")).content.decode()
    answer = compose("dashboard-add", "status", title="", width="3")
    assert answer.status_code == 400
    assert "too many panels" in answer.content.decode()


@pytest.mark.parametrize("name", ["dashboards", "dashboard", "dashboard-edit", "dashboard-add", "dashboard-panel"])
def test_nothing_on_these_pages_is_inline(web, board, name):
    args = {"dashboards": [], "dashboard-add": [board.slug, "series"], "dashboard-panel": [board.slug, "w4"]}
    answer = web.get(page(name, *args.get(name, [board.slug])))
    assert answer.status_code == 200
    html = answer.content.decode()
    assert not re.search(r'\sstyle="|\son\w+=', html)
    assert re.findall(r"<script(?![^>]*\ssrc=)", html) == []


def test_a_dashboard_does_not_come_back_where_there_is_no_room(web, operator, monkeypatch):
    row = services.create(owner=operator, title="A")
    services.remove(dashboard=row)
    monkeypatch.setattr(services, "MOST_OF_ONE", 0)
    answer = web.post(page("dashboard-restore", row.slug), follow=True)
    assert answer.status_code == 200
    assert "These would be more than 0 dashboards" in answer.content.decode()


def test_without_a_role_neither_page_nor_figures_are_seen(client, board):
    own = services.create(owner=make_user("nora"), title="Own")
    client.force_login(own.owner)
    for row in (own, board):
        answer = client.get(data(row))
        assert answer.status_code == 403
        assert "role" in answer.json()["error"]["message"]
        assert client.get(page("dashboard", row.slug)).status_code == 403
