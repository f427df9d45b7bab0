"""Dashboards by the API."""

from __future__ import annotations

import pytest
from drf_spectacular.generators import SchemaGenerator

from performance.dashboards import layout, services
from performance.dashboards.models import Dashboard, Shared
from performance.dashboards.widgets import kinds

pytestmark = pytest.mark.django_db
PATH = "/api/performance/dashboards/"
CPU = {"kind": "stat", "metric": "system.cpu_percent"}


@pytest.fixture
def shared(operator) -> Dashboard:
    return services.create(owner=operator, title="Shared", shared_with=Shared.EVERYBODY)


@pytest.fixture
def private(operator) -> Dashboard:
    return services.create(owner=operator, title="Private")


def test_one_is_made_read_changed_and_removed(analyst_api):
    made = analyst_api.post(PATH, {"title": "CPU", "layout": [CPU]}, format="json")
    assert (made.status_code, made["Location"]) == (201, f"{PATH}cpu/")
    data = made.json()["data"]
    assert (data["slug"], data["owner"], data["mine"], data["shared_with"]) == ("cpu", "ana", True, "nobody")
    assert data["layout"] == layout.checked([CPU])
    assert analyst_api.get(f"{PATH}cpu").json()["data"] == data
    body = {"layout": [*data["layout"], {"kind": "status"}], "shared_with": "analysts", "version": 1}
    changed = analyst_api.put(f"{PATH}cpu/", body, format="json").json()["data"]
    assert (changed["title"], changed["version"], changed["shared_with"]) == ("CPU", 2, "analysts")
    assert [entry["key"] for entry in changed["layout"]] == ["w1", "w2"]
    assert analyst_api.delete(f"{PATH}cpu/").status_code == 204
    assert analyst_api.get(f"{PATH}cpu/").status_code == 404
    assert analyst_api.delete(f"{PATH}cpu/").status_code == 404


def test_without_a_layout_it_has_the_default_one(analyst_api):
    data = analyst_api.post(PATH, {"title": "A"}, format="json").json()["data"]
    assert data["layout"] == layout.default()
    assert analyst_api.post(PATH, {"title": "B", "layout": []}, format="json").json()["data"]["layout"] == []


def test_the_list_comes_in_pages(analyst_api, analyst, shared, private):
    services.create(owner=analyst, title="Own")
    answer = analyst_api.get(PATH, {"page_size": 1}).json()
    assert answer["meta"]["page"]["count"] == 2
    (row,) = answer["data"]
    assert (row["title"], row["mine"], row["panels"]) == ("Own", True, len(layout.DEFAULT))
    assert "layout" not in row
    (row,) = analyst_api.get(answer["meta"]["page"]["next"]).json()["data"]
    assert (row["title"], row["mine"], row["owner"]) == ("Shared", False, "otto")
    assert analyst_api.get(PATH, {"page": 9}).status_code == 404


def test_anothers_private_one_is_not_there_and_a_shared_one_is_only_read(analyst_api, shared, private):
    for method in ("get", "put", "delete"):
        answer = getattr(analyst_api, method)(f"{PATH}private/", {"title": "Mine"} if method != "get" else None)
        assert answer.status_code == 404, method
    assert analyst_api.get(f"{PATH}shared/").json()["data"]["mine"] is False
    for method in ("put", "delete"):
        answer = getattr(analyst_api, method)(f"{PATH}shared/", {"title": "Mine"}, format="json")
        assert answer.status_code == 403
        assert "Only its owner" in answer.json()["error"]["message"]
    assert set(Dashboard.objects.values_list("title", "removed_at")) == {("Shared", None), ("Private", None)}


def test_it_is_for_those_with_a_role_by_the_right_methods(api, analyst_api, shared, db):
    from tests.conftest import make_user

    for path in (PATH, f"{PATH}shared/"):
        assert api.get(path).status_code == 401
        assert analyst_api.patch(path, {}, format="json").status_code == 405
    api.force_authenticate(make_user("nora"))
    assert api.get(PATH).status_code == 403
    assert api.post(PATH, {"title": "A"}, format="json").status_code == 403


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "title"),
        ({"title": ""}, "title"),
        ({"title": 7}, "title"),
        ({"title": "x" * 81}, "title"),
        ({"title": "A", "tilte": "B"}, "tilte"),
        ({"title": "A", "shared_with": "the world"}, "shared_with"),
        ({"title": "A", "layout": {}}, "layout"),
        ({"title": "A", "layout": None}, "layout"),
        ({"title": "A", "layout": [CPU] * 25}, "layout"),
        ({"title": "A", "layout": [CPU, {"kind": "pie"}]}, "layout.1.kind"),
        ({"title": "A", "layout": [{**CPU, "metric": "system.gone"}]}, "layout.0.metric"),
        ([], "body"),
    ],
)
def test_what_makes_no_sense_is_refused_by_name(analyst_api, body, field):
    answer = analyst_api.post(PATH, body, format="json")
    assert answer.status_code == 400
    details = answer.json()["error"]["details"]
    assert field in [problem["field"] for problem in details]
    assert {"field", "value", "message", "remedy"} <= set(details[0])
    assert not Dashboard.objects.exists()


def test_nothing_of_a_change_is_taken_where_a_part_is_refused(operator_api, shared):
    answer = operator_api.put(f"{PATH}shared/", {"title": "New", "layout": [{"kind": "pie"}]}, format="json")
    assert answer.status_code == 400
    shared.refresh_from_db()
    assert (shared.title, shared.version) == ("Shared", 1)


@pytest.mark.parametrize("version", [0, 7])
def test_a_change_of_another_version_is_refused(operator_api, shared, version):
    answer = operator_api.put(f"{PATH}shared/", {"title": "New", "version": version}, format="json")
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "conflict")
    assert operator_api.put(f"{PATH}shared/", {"version": "1"}, format="json").status_code == 400


def test_the_document_names_every_kind_with_what_it_needs():
    document = SchemaGenerator().get_schema(public=True)
    body = document["components"]["schemas"]["NewDashboard"]["properties"]["layout"]
    known = {one["properties"]["kind"]["enum"][0]: one for one in body["items"]["oneOf"]}
    assert set(known) == set(kinds())
    assert known["series"]["required"] == ["kind", "metrics"]
    assert "latency" in known["chart"]["properties"]["panel"]["enum"]
