"""GET and POST /api/prices/, GET, PATCH and DELETE /api/prices/<id>/"""

from __future__ import annotations

import pytest

from modeling.models import PriceBundle, PriceSeries, PriceSet
from modeling.services.prices import create_set, uses
from tests.modeling.api.questions import (
    assert_bad_bodies,
    assert_rate_limited,
    assert_sign_in_needed,
    assert_wrong_methods,
    failed,
    succeeded,
)
from tests.modeling.prices.conftest import mine, offer, shared  # noqa: F401

URL = "/api/prices/"


def at(price_set: PriceSet) -> str:
    return f"{URL}{price_set.pk}/"


def test_lists_the_shared_sets_and_ones_own(analyst_api, other_analyst, shared, mine) -> None:  # noqa: F811
    create_set(owner=other_analyst, name="Theirs")
    data = succeeded(analyst_api.get(URL))
    assert [(item["name"], item["shared"], item["tickers"]) for item in data] == [
        ("Mine", False, 0),
        ("World", True, 2),
    ]
    assert data[1]["licence"] == "Free to use"
    assert "owner" not in data[0]
    for query, names in {
        "search=wor": ["World"],
        "shared=false": ["Mine"],
        "currency=EUR": [],
        "frequency=daily": ["World"],
        "page_size=1&page=2": ["World"],
    }.items():
        assert [item["name"] for item in succeeded(analyst_api.get(f"{URL}?{query}"))] == names
    failed(analyst_api.get(f"{URL}?frequency=hourly"), 400, "frequency")
    assert [item["frequency"] for item in data] == [None, "daily"]


def test_operators_see_the_shared_ones_only(operator_api, shared, mine) -> None:  # noqa: F811
    assert [item["id"] for item in succeeded(operator_api.get(URL))] == [shared.pk]
    failed(operator_api.get(at(mine)), 404)


def test_makes_a_set(analyst_api, analyst) -> None:
    sent = {"name": "Funds", "currency": "EUR", "frequency": "weekly", "source": "Us", "licence": "Ours"}
    response = analyst_api.post(URL, sent)
    data = succeeded(response, 201)
    price_set = PriceSet.objects.get()
    assert (price_set.owner, price_set.name, price_set.currency) == (analyst, "Funds", "EUR")
    assert response.headers["Location"] == at(price_set)
    assert data["tickers"] == 0
    assert data | sent == data
    assert succeeded(analyst_api.get(at(price_set))) == data


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({}, "name"),
        ({"name": ""}, "name"),
        ({"name": "  "}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"name": 3}, "name"),
        ({"name": "Funds", "currency": "usd"}, "currency"),
        ({"name": "Funds", "currency": ""}, "currency"),
        ({"name": "Funds", "frequency": "hourly"}, "frequency"),
        ({"name": "Funds", "owner": 1}, "owner"),
        ({"name": "Mine"}, "name"),
    ],
)
def test_what_can_not_be_is_refused_by_name(analyst_api, mine, sent, field) -> None:  # noqa: F811
    failed(analyst_api.post(URL, sent), 400, field)
    assert PriceSet.objects.count() == 1


def test_two_people_may_use_one_name(analyst_api, other_analyst) -> None:
    create_set(owner=other_analyst, name="Funds")
    create_set(owner=None, name="Funds")
    succeeded(analyst_api.post(URL, {"name": "Funds"}), 201)


def test_there_is_a_most_of_sets(analyst_api, mine, monkeypatch) -> None:  # noqa: F811
    monkeypatch.setattr("modeling.services.prices.sets.MOST_SETS", 1)
    failed(analyst_api.post(URL, {"name": "Funds"}), 400, "name")


def test_changes_what_is_said_of_a_set(analyst_api, mine) -> None:  # noqa: F811
    data = succeeded(analyst_api.patch(at(mine), {"name": "Renamed", "licence": "Ours"}))
    assert (data["name"], data["licence"], data["revision"]) == ("Renamed", "Ours", 1)
    assert PriceSet.objects.get().name == "Renamed"
    assert succeeded(analyst_api.patch(at(mine), {"name": "Renamed"}))["revision"] == 1
    for sent, field in (({"currency": "EUR"}, "currency"), ({"name": ""}, "name"), ({"frequency": 1}, "frequency")):
        failed(analyst_api.patch(at(mine), sent), 400, field)


def test_deletes_a_set_with_all_of_its_prices(analyst_api, mine) -> None:  # noqa: F811
    offer(mine, "AAA", [1, 2])
    assert analyst_api.delete(at(mine)).status_code == 204
    for model in (PriceSet, PriceSeries, PriceBundle):
        assert not model.objects.exists()
    failed(analyst_api.delete(at(mine)), 404)


def test_a_set_in_use_is_not_deleted(analyst_api, mine, monkeypatch) -> None:  # noqa: F811
    monkeypatch.setattr(uses, "_registered", {})
    uses.uses_of_sets("portfolios")(lambda price_set: [f"portfolio of {price_set}"])
    error = failed(analyst_api.delete(at(mine)), 409, "price_set")
    assert "portfolio of Mine" in error["details"][0]["message"]
    assert PriceSet.objects.exists()


def test_shared_sets_are_read_only(analyst_api, shared) -> None:  # noqa: F811
    succeeded(analyst_api.get(at(shared)))
    assert "read-only" in failed(analyst_api.patch(at(shared), {"name": "Mine now"}), 403)["message"]
    failed(analyst_api.delete(at(shared)), 403)
    assert PriceSet.objects.get().name == "World"


def test_what_is_somebody_elses_does_not_exist(analyst_api, other_analyst) -> None:
    theirs = create_set(owner=other_analyst, name="Theirs")
    for response in (analyst_api.get(at(theirs)), analyst_api.patch(at(theirs), {}), analyst_api.delete(at(theirs))):
        failed(response, 404)
    for pk in (0, 10**30):
        failed(analyst_api.get(f"{URL}{pk}/"), 404)


def test_only_analysts_write(operator_api, shared) -> None:  # noqa: F811
    failed(operator_api.post(URL, {"name": "Funds"}), 403)
    failed(operator_api.patch(at(shared), {"name": "Funds"}), 403)
    failed(operator_api.delete(at(shared)), 403)


def test_needs_sign_in(api, shared) -> None:  # noqa: F811
    for method in ("get", "post"):
        assert_sign_in_needed(api, URL, method)
    for method in ("get", "patch", "delete"):
        assert_sign_in_needed(api, at(shared), method)


def test_other_methods_and_bad_bodies_are_refused(analyst_api, mine) -> None:  # noqa: F811
    assert_wrong_methods(analyst_api, URL, "put", "patch", "delete")
    assert_wrong_methods(analyst_api, at(mine), "put", "post")
    assert_bad_bodies(analyst_api, URL)
    assert_bad_bodies(analyst_api, at(mine), "patch", empty_allowed=True)


def test_is_rate_limited(analyst_api, settings) -> None:
    assert_rate_limited(analyst_api, settings, URL)
    assert_rate_limited(analyst_api, settings, URL, "post", "write")


def test_the_list_takes_few_queries(analyst_api, analyst, django_assert_max_num_queries) -> None:
    for number in range(20):
        create_set(owner=analyst, name=f"Set {number}")
    with django_assert_max_num_queries(4):
        assert len(succeeded(analyst_api.get(URL))) == 20
