"""The admin as a whole: every model of ours is in it, nothing in it breaks, and nobody who should not gets in."""

from __future__ import annotations

import csv
import re

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.contrib.auth.models import User
from django.db import DataError, NotSupportedError, OperationalError
from django.urls import reverse

from tests.valor.rows import ODD, row_of
from valor.accounts import read_only

pytestmark = pytest.mark.django_db
OURS = [
    model
    for app in apps.get_app_configs()
    if app.name.split(".")[0] in ("valor", "tasks", "performance", "modeling")
    for model in app.get_models()
    if not model.__module__.startswith("tests.")
]
REGISTERED = sorted(admin.site._registry, key=lambda model: model._meta.label)
LISTED_ONLY = {
    "modeling.Valuation",
    "modeling.ValuationVersion",
    "modeling.Run",
    "modeling.Portfolio",
    "modeling.PortfolioVersion",
    "modeling.PortfolioResult",
    "modeling.PriceImport",
    "modeling.PriceUpload",
    "performance.Dashboard",
}  # somebody's own work
PEOPLE = ["operator", "superuser"]


def name_of(model) -> str:
    return model._meta.label


@pytest.fixture
def superuser(db) -> User:
    return User.objects.create_superuser("root", password="correct horse battery")


@pytest.fixture
def visit(client, request):
    def signed_in(person: str):
        user = request.getfixturevalue(person)
        user.refresh_from_db()
        client.force_login(user)
        return client

    return signed_in


def address(model, page: str = "changelist", *args) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


@pytest.mark.parametrize("model", OURS, ids=name_of)
def test_every_model_of_ours_is_registered_with_a_useful_list(model):
    site = admin.site._registry[model]
    assert isinstance(site, read_only.ReadOnly)
    assert len(site.list_display) > 1
    assert site.search_fields
    times = {"taken_at", "created_at", "queued_at", "began_at", "last_seen", "changed_at", "requested_at", "due_at"}
    if times & {field.name for field in model._meta.concrete_fields} and model._meta.label not in (
        "tasks.Schedule",
        "tasks.Worker",
        "performance.Threshold",
    ):
        assert site.date_hierarchy


@pytest.mark.parametrize("person", PEOPLE)
@pytest.mark.parametrize("model", OURS, ids=name_of)
def test_what_was_measured_is_read_only(visit, rf, request, model, person):
    asked = rf.get("/")
    asked.user = request.getfixturevalue(person)
    site = admin.site._registry[model]
    assert site.has_view_permission(asked)
    assert not site.has_add_permission(asked)
    assert site.has_change_permission(asked) is (model._meta.label == "performance.Threshold")
    assert site.has_delete_permission(asked) is (model._meta.label == "modeling.Company" and person == "superuser")
    web = visit(person)
    row_of(model)
    html = web.get(address(model)).content.decode()
    assert f'href="{address(model, "add")}' not in html
    assert web.get(address(model, "add")).status_code == 403


@pytest.mark.parametrize("person", PEOPLE)
@pytest.mark.parametrize("model", REGISTERED, ids=name_of)
def test_no_page_of_the_admin_breaks(visit, model, person):
    web = visit(person)
    for number in (1, 2):
        row = model.objects.first() if model is User else row_of(model, number)
    listing = address(model)
    if person == "operator" and model not in OURS:
        assert web.get(listing).status_code == 403
        return
    assert web.get(listing).status_code == 200
    expected = 403 if model._meta.label in LISTED_ONLY else 200
    for page in ("change", "history"):
        assert web.get(address(model, page, row.pk)).status_code == expected, page
    assert web.get(address(model, "change", "nothing_0A%00here")).status_code in (302, 403, 404)
    assert web.get(address(model, "delete", row.pk)).status_code in (200, 403)


@pytest.mark.parametrize("model", REGISTERED, ids=name_of)
def test_no_list_breaks_whatever_it_is_asked(visit, model, monkeypatch):
    # The menu is the same whatever a list is asked, and takes longer to draw than most lists.
    monkeypatch.setattr(admin.site, "get_app_list", lambda *args, **more: [])
    web = visit("superuser")
    if model is not User:
        row_of(model)
    answers = {path: web.get(path).status_code for path in pages_of(model, address(model))}
    assert {path: status for path, status in answers.items() if status not in (200, 302, 400)} == {}


@pytest.mark.parametrize("query", ["industry__regex=(", "industry__iregex=(a%2B)%2B$", "currency__regex=["])
def test_no_list_is_asked_by_patterns(visit, query):
    model = apps.get_model("modeling", "Company")
    row_of(model)
    assert visit("operator").get(f"{address(model)}?{query}").status_code == 400


@pytest.mark.parametrize("error", [NotSupportedError, DataError])
def test_what_the_database_cannot_compare_is_named(visit, monkeypatch, error):
    def failing(self, request):
        raise error("no such comparison")

    web, real = visit("operator"), ChangeList.get_results
    listing = address(apps.get_model("modeling", "Company"))
    monkeypatch.setattr(
        ChangeList, "get_results", lambda self, asked: (failing if asked.GET.get("q") else real)(self, asked)
    )
    answer = web.get(f"{listing}?q=odd", follow=True)
    assert answer.redirect_chain == [(f"{listing}?e=1", 302)]
    assert "There is no such list (q “odd”)" in answer.content.decode()


def test_an_outage_is_no_odd_question(visit, monkeypatch):
    def failing(self, request):
        raise OperationalError("server closed the connection unexpectedly")

    web = visit("operator")
    monkeypatch.setattr(ChangeList, "get_results", failing)
    with pytest.raises(OperationalError):
        web.get(address(apps.get_model("modeling", "Company")))


def pages_of(model, listing: str) -> list[str]:
    """The list with every filter, search and order, and with what nobody should ask it."""
    site = admin.site._registry[model]
    asked = [
        f"q={text}" for text in ("x", "%C3%B6%20%27%22", "%00", "1" * 400, "%25_%5C", "2026-01-01", "-1", "a%20b%20c")
    ]
    asked += [f"o={order}" for order in ("1", "-1.2", "99", "x", "1.1.-1", "9" * 30)]
    asked += [f"p={page}" for page in ("1", "0", "-3", "x", "9" * 30)] + ["all=", "e=1", "_facets=True", "x=1"]
    asked += ["pk__in=1,2", "id__exact=" + "9" * 40, "nowhere__gte=1", "%00=1", "_to_field=host"]
    if site.date_hierarchy:
        when = site.date_hierarchy
        asked += [f"{when}__year={year}" for year in ("2026", "0", "99999", "x", "9" * 30, "-1", "%00")]
        asked += [f"{when}__year=2026&{when}__month={month}" for month in ("3", "13", "x")]
        asked += [f"{when}__year=2026&{when}__month=2&{when}__day=30", f"{when}__gte=never", f"{when}__gte=0000-00-00"]
    for field in site.list_filter:
        name = field[0] if isinstance(field, tuple) else field
        values = ("x", "", "%00", "9" * 30)
        asked += [f"{name}{look}={value}" for look in ("", "__gte", "__isnull") for value in values]
        asked += [f"{name}__id__exact=x", f"{name}__pk=1"]
    return [f"{listing}?{query}" for query in asked]


HIDDEN = [
    (model, name)
    for model, site in admin.site._registry.items()
    for name in (*(site.exclude or ()), *getattr(site, "not_exported", ()))
]
LOOKS = ("", "__startswith", "__icontains", "__gte", "__isnull", "__0__kind", "__wacc__startswith")
BEHIND = [
    "modeling/run/?valuation__document__wacc__startswith=0.08",
    "modeling/valuationversion/?valuation__name__startswith=Q",
    "modeling/valuation/?company__name__startswith=Q",
    "modeling/valuation/?owner__password__startswith=p",
    "modeling/fact/?company__owner__password__startswith=p",
    "performance/dashboard/?owner__valuation__name__startswith=Q",
    "tasks/piece/?data__contains=x",
    "tasks/piece/?job__label__startswith=Q",
    "tasks/job/?parent__label__startswith=Q",
    "tasks/job/?state__label__startswith=Q",
]


@pytest.mark.parametrize(("model", "name"), HIDDEN, ids=lambda value: getattr(value, "__name__", value))
def test_no_list_can_be_asked_for_what_it_hides(visit, model, name):
    row_of(model)
    web = visit("operator")
    answers = {look: web.get(f"{address(model)}?{name}{look}=Q").status_code for look in LOOKS}
    assert answers == dict.fromkeys(LOOKS, 400)


@pytest.mark.parametrize("query", BEHIND)
def test_no_list_can_be_asked_for_what_lies_behind_it(visit, query):
    assert visit("operator").get(f"/admin/{query}").status_code in (302, 400)


@pytest.mark.parametrize("model", REGISTERED, ids=name_of)
def test_no_list_is_searched_sorted_or_narrowed_by_what_it_hides(model):
    site = admin.site._registry[model]
    filters = [item if isinstance(item, str) else item[0] for item in site.list_filter]
    used = {*site.list_display, *site.search_fields, *filters, site.date_hierarchy, *(site.ordering or ())}
    told = {str(name).strip("=-^").split("__")[0] for name in used}
    assert told.isdisjoint(site.exclude or ())


@pytest.mark.parametrize("model", ["run", "valuationversion"])
def test_somebodys_work_is_no_choice_in_a_form_of_others(visit, model):
    row_of(apps.get_model("modeling", model))
    query = f"app_label=modeling&model_name={model}&field_name=valuation"
    assert visit("operator").get(f"/admin/autocomplete/?{query}").status_code == 403


def test_only_what_is_shared_is_offered_as_a_filter(visit, analyst):
    company, fact = apps.get_model("modeling", "Company"), apps.get_model("modeling", "Fact")
    row = row_of(fact).company
    shared = company.objects.create(name="Shared Ltd", cik="77")
    row_of(fact, 2)
    fact.objects.exclude(company=row).update(company=shared)
    company.objects.filter(pk=row.pk).update(owner=analyst, name="Private Ltd")
    row_of(fact, 3)
    html = visit("operator").get(address(fact)).content.decode()
    assert "Shared Ltd" in html
    assert "Private Ltd" not in html


@pytest.mark.parametrize("model", OURS, ids=name_of)
def test_a_longer_list_takes_no_more_queries(visit, model, django_assert_max_num_queries):
    web = visit("superuser")
    row_of(model, 1)
    with django_assert_max_num_queries(60) as first:
        assert web.get(address(model)).status_code == 200
    for number in range(2, 5):
        row_of(model, number)
    # What this process keeps for some seconds, as the thresholds, may be asked for once more.
    with django_assert_max_num_queries(len(first.captured_queries) + 1):
        assert web.get(address(model)).status_code == 200
    assert len(first.captured_queries) <= 26


@pytest.mark.parametrize("model", OURS, ids=name_of)
def test_analysts_get_no_admin(client, analyst, model):
    client.force_login(analyst)
    for path in (reverse("admin:index"), address(model)):
        assert client.get(path, follow=True).status_code == 403


def test_signed_out_the_admin_leads_to_our_own_door_and_back(client, operator):
    door = client.get(reverse("admin:index"), follow=True)
    assert door.request["PATH_INFO"] == reverse("accounts:sign-in")
    assert "accounts/sign_in.html" in [template.name for template in door.templates]
    posted = {"username": "otto", "password": "correct horse battery", "next": "/admin/"}
    inside = client.post(door.request["PATH_INFO"], posted, follow=True)
    assert inside.request["PATH_INFO"] == "/admin/"
    html = inside.content.decode()
    assert f'action="{reverse("accounts:sign-out")}"' in html
    assert reverse("accounts:password") in html


@pytest.mark.parametrize("person", PEOPLE)
def test_the_first_page_says_how_the_platform_is_and_leads_to_the_dashboard(visit, person):
    html = visit(person).get(reverse("admin:index")).content.decode()
    assert "no samples yet, start manage.py sample_metrics" in html
    assert "Unknown:" in html or "Degraded:" in html
    for name in ("overview", "alerts", "recommendations", "hosts", "settings"):
        assert f'href="{reverse(f"performance:{name}")}"' in html
    assert not re.search(r'\sstyle="|\son\w+=|<script(?![^>]*\ssrc=)', html)


def test_without_redis_the_first_page_works_and_says_so(visit, redis_away):
    assert "Redis does not answer" in visit("operator").get(reverse("admin:index")).content.decode()


def chosen(model, action: str, **more) -> dict:
    return {"action": action, "_selected_action": [str(row.pk) for row in model.objects.all()], **more}


@pytest.mark.parametrize("model", [model for model in OURS if model._meta.label not in LISTED_ONLY], ids=name_of)
def test_every_list_can_be_taken_along(visit, model):
    web = visit("operator")
    row_of(model)
    answer = web.post(address(model), chosen(model, "export_csv"))
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/csv")
    assert "attachment" in answer.headers["Content-Disposition"]
    head, row, *_ = csv.reader(b"".join(answer.streaming_content).decode().splitlines())
    assert len(head) == len(row) > 1
    assert not [text for text in row if text.startswith(("=", "+", "@", "-"))]
    assert not {"parameters", "result", "label", "document", "data"} & set(head) or model._meta.label in (
        "performance.ActionRun",
        "performance.Recommendation",
    )


def test_an_export_holds_what_the_filters_leave_and_no_formula(visit, monkeypatch):
    model = apps.get_model("performance", "SystemSample")
    web = visit("operator")
    for host in ("=HYPERLINK(1)", "@web-2", "web-3"):
        sample = row_of(model)
        model.objects.filter(pk=sample.pk).update(host=host)
    every = {**chosen(model, "export_csv"), "_selected_action": [str(sample.pk)], "select_across": "1"}
    lines = b"".join(web.post(address(model), every).streaming_content).decode()
    assert lines.count("\n") == 4
    assert "'=HYPERLINK(1)" in lines and "'@web-2" in lines
    one = b"".join(web.post(f"{address(model)}?host=web-3", every).streaming_content).decode()
    assert one.count("\n") == 2
    monkeypatch.setattr(read_only, "MOST_ROWS", 2)
    told = web.post(address(model), every, follow=True).content.decode()
    assert "These are 3 rows; at most 2 are exported at once" in told


def test_a_filter_that_means_nothing_is_named(visit):
    web = visit("operator")
    model = apps.get_model("performance", "SystemSample")
    row_of(model)
    told = web.get(f"{address(model)}?taken_at__gte=never", follow=True).content.decode()
    assert "There is no such list (taken_at__gte “never”)" in told
    assert ODD[0] in told
