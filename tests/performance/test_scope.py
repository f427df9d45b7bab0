"""What a thread is doing: requests by route, jobs by kind."""

from __future__ import annotations

import pytest

from performance import scope
from performance.middleware import RequestScope
from tasks import registry, services
from tasks.testing import run_pending


@pytest.fixture
def left(monkeypatch) -> list[scope.Scope]:
    seen: list[scope.Scope] = []
    monkeypatch.setattr(scope, "_listeners", [seen.append])
    return seen


def test_a_request_is_named_by_its_route_and_not_by_its_path(client, analyst, left):
    client.force_login(analyst)
    client.get("/jobs/5c2a0e5e-6d0f-4c8e-9a3f-0d3b5b1f2a77/")
    assert [(seen.kind, seen.name) for seen in left] == [("request", "/jobs/<uuid:job_id>/")]
    assert (scope.current(), scope.busy()) == (None, 0)


def test_a_path_that_leads_nowhere_has_one_name_for_all(client, left):
    client.get("/no/such/page/")
    assert [seen.name for seen in left] == ["unrouted"]


def test_a_request_that_breaks_is_left_too(rf, left):
    def broken(request):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        RequestScope(broken)(rf.get("/"))
    assert len(left) == 1
    assert scope.busy() == 0


def test_a_job_is_named_by_its_kind(analyst, left):
    seen = []
    registry.job("tests.scoped")(lambda ctx, parameters: seen.append((scope.current().name, scope.busy())) or {})
    try:
        services.submit("tests.scoped", {}, owner=analyst)
        run_pending()
    finally:
        registry.forget("tests.scoped")
    assert seen == [("tests.scoped", 1)]
    assert [(gone.kind, gone.name) for gone in left] == [("job", "tests.scoped")]
    assert scope.busy() == 0


def test_a_job_that_breaks_is_left_too(analyst, left):
    registry.job("tests.scoped")(lambda ctx, parameters: 1 / 0)
    try:
        services.submit("tests.scoped", {}, owner=analyst)
        run_pending()
    finally:
        registry.forget("tests.scoped")
    assert (len(left), scope.busy()) == (1, 0)


def test_a_measurement_keeps_its_notes_on_the_scope(left):
    entered = scope.enter(scope.Kind.REQUEST, "/x/")
    scope.current().notes["queries"] = 3
    scope.leave(entered)
    assert left[0].notes == {"queries": 3}
