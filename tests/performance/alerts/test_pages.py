"""The operators' pages of alerts and settings."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.core import mail
from django.urls import reverse
from django.utils import timezone

from performance.alerts import services
from performance.alerts.models import Alert, Silence, Threshold
from performance.models import SamplerLease, SystemSample, TaskSample
from performance.views_alerts import FRAGMENTS

pytestmark = pytest.mark.django_db
IN_PLACE = {"Accept": "application/json"}
ORDER = ('data-fragment="alert"', 'id="chart-alert"', 'id="behind"', "What would help", "I look after it")


@pytest.fixture
def web(client, operator):
    client.force_login(operator)
    return client


def to(name: str, *args) -> str:
    return reverse(f"performance:{name}", args=args)


def text_of(response) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def pages(alert: Alert) -> list[str]:
    threshold = to("threshold", alert.threshold_id)
    return [to("alerts"), to("alert", alert.pk), to("settings"), threshold]


def posts(alert: Alert) -> list[str]:
    return [
        *(to(name, alert.pk) for name in ("alert-acknowledge", "alert-withdraw", "alert-silence")),
        *(to("silences"), to("alerts-test"), to("threshold-reset", alert.threshold_id), to("silence-lift", 1)),
    ]


def test_every_page_answers_operators_and_nobody_else(web, client, firing, analyst):
    assert [web.get(path).status_code for path in pages(firing)] == [200] * 4
    client.force_login(analyst)
    assert [client.get(path).status_code for path in pages(firing)] == [403] * 4
    assert [client.post(path).status_code for path in posts(firing)] == [403] * 7
    assert client.get(to("alert-data", firing.pk)).status_code == 403
    client.logout()
    assert [client.get(path).status_code for path in pages(firing)] == [302] * 4
    assert client.get(to("alert-data", firing.pk)).status_code == 401


def test_the_wrong_method_is_refused(web, firing):
    assert [web.get(path).status_code for path in posts(firing)] == [405] * 7
    assert web.post(to("alerts")).status_code == 405
    assert web.post(to("alert", firing.pk)).status_code == 405


def test_what_does_not_exist_is_404(web, firing):
    for path in (to("alert", 999), to("alert-data", 999), to("threshold", 999)):
        assert web.get(path).status_code == 404
    for name in ("alert-acknowledge", "alert-withdraw", "alert-silence", "silence-lift", "threshold-reset"):
        assert web.post(to(name, 999)).status_code == 404


def test_nothing_on_the_pages_is_inline(web, firing):
    for path in pages(firing):
        html = web.get(path).content.decode()
        assert not re.search(r'\sstyle="|\son\w+=|<script(?![^>]*\ssrc=)', html)


def test_the_list_leads_with_what_is_open_grouped_by_metric(web, clock):
    for host in ("web-1", "web-2"):
        clock.tick(host, system={"disk_percent": 93.0})
    text = text_of(web.get(to("alerts")))
    assert "Disk on 2 hosts" in text
    assert "Warning for " in text
    assert "disk on web-2 at 93 % (limit 90 %)" in text


def test_the_polls_bring_the_moving_parts_and_say_when_to_ask_again(web, firing):
    days_ago = timezone.now() - timedelta(days=2)  # told in days, not in seconds
    Alert.objects.update(judged_at=timezone.now(), fired_at=timezone.now(), began_at=days_ago)
    listed = web.get(to("alerts-data"))
    assert set(listed.json()["fragments"]) == {"bar", "alerts"}
    assert listed["X-Ask-Again"] == "3"
    alone = web.get(to("alert-data", firing.pk))
    assert set(alone.json()["fragments"]) == {"bar", *FRAGMENTS}
    assert alone["X-Ask-Again"] == "3"
    assert all("<html" not in part for part in alone.json()["fragments"].values())
    for answer, path in ((listed, to("alerts-data")), (alone, to("alert-data", firing.pk))):
        assert web.get(path, headers={"If-None-Match": answer["ETag"]}).status_code == 304
    services.acknowledge(alert=firing, by=None)
    assert "Acknowledged" in web.get(to("alert-data", firing.pk)).json()["fragments"]["alert_events"]
    for answer, path in ((listed, to("alerts-data")), (alone, to("alert-data", firing.pk))):
        assert web.get(path, headers={"If-None-Match": answer["ETag"]}).status_code == 200


def test_a_poll_is_slow_where_nothing_is_about_to_change(web, firing):
    long_ago = timezone.now() - timedelta(minutes=10)
    Alert.objects.update(judged_at=timezone.now(), fired_at=long_ago)
    assert web.get(to("alerts-data"))["X-Ask-Again"] == "10"
    Alert.objects.update(state="pending", judged_at=long_ago)
    assert web.get(to("alert-data", firing.pk))["X-Ask-Again"] == "10"
    Alert.objects.update(state="pending", judged_at=timezone.now())
    assert web.get(to("alert-data", firing.pk))["X-Ask-Again"] == "3"


def test_the_overview_names_the_culprits_and_leads_from_an_alert_to_its_cause_in_one_click(web, firing):
    culprit = {"kind": "route", "name": "/x/", "figures": {}, "sentence": "the route /x/ takes 84 %", "share": 0.84}
    Alert.objects.update(culprits=[culprit | {"url": "/performance/requests/"}])
    html = web.get(to("overview")).content.decode()
    assert '<a href="/performance/requests/">the route /x/ takes 84 %</a>' in html
    assert f'href="{to("alerts")}#all"' in html


@pytest.mark.parametrize(
    ("kind", "figures", "url"),
    [
        ("route", {}, "/performance/requests/"),
        ("table", {}, "/performance/database/"),
        ("process", {"rss": 1}, "/performance/processes/"),
        ("process", {"command": "gunicorn", "ours": "web"}, "/performance/processes/"),
        ("process", {"command": "stress", "ours": ""}, ""),
        ("namespace", {}, ""),
    ],
)
def test_a_culprit_leads_to_the_page_that_tells_more_of_its_kind(web, firing, kind, figures, url):
    culprit = {"kind": kind, "name": "x", "figures": figures, "sentence": "the culprit", "share": None, "url": ""}
    Alert.objects.update(culprits=[culprit])
    html = web.get(to("alert", firing.pk)).content.decode()
    assert (f'<a href="{url}">the culprit</a>' in html) is bool(url)
    assert "the culprit" in html


def test_acknowledging_and_silencing_on_the_overview_is_told_in_place(web, firing):
    said = web.post(to("alert-acknowledge", firing.pk), headers=IN_PLACE)
    assert said.json()["said"].startswith("Acknowledged")
    bad = web.post(to("alert-silence", firing.pk), {"hours": "1"}, headers=IN_PLACE)
    assert bad.status_code == 422
    assert bad.json()["error"]["details"][0]["field"] == "reason"
    good = web.post(to("alert-silence", firing.pk), {"hours": "1", "reason": "deploying"}, headers=IN_PLACE)
    assert good.json()["said"].startswith("Silenced")
    text = text_of(web.get(to("overview")))
    assert "acknowledged by otto" in text
    assert "silenced until" in text
    lifted = web.post(to("silence-lift", Silence.objects.get().pk), headers=IN_PLACE)
    assert lifted.json()["said"].startswith("The silence was lifted")
    assert "silenced until" not in text_of(web.get(to("overview")))
    Alert.objects.update(state="resolved")
    late = web.post(to("alert-acknowledge", firing.pk), headers=IN_PLACE)
    assert (late.status_code, late.json()["success"]) == (409, False)


@pytest.mark.parametrize("page", ["overview", "alerts"])
def test_an_acknowledgement_is_undone_where_it_is_shown(web, firing, operator, page):
    services.acknowledge(alert=firing, by=operator, note="mine")
    undo = f'action="{to("alert-withdraw", firing.pk)}"'
    for path in (to(page), to("alert", firing.pk)):
        assert undo in web.get(path).content.decode()
    said = web.post(to("alert-withdraw", firing.pk), headers=IN_PLACE)
    assert said.json()["said"].startswith("Withdrawn")
    html = web.get(to(page)).content.decode()
    assert undo not in html
    assert f'action="{to("alert-acknowledge", firing.pk)}"' in html
    assert "Acknowledgement withdrawn by otto" in text_of(web.get(to("alert", firing.pk)))
    again = web.post(to("alert-withdraw", firing.pk), headers=IN_PLACE)
    assert (again.status_code, again.json()["success"]) == (409, False)
    assert web.post(to("alert-withdraw", firing.pk))["Location"] == to("alert", firing.pk)


def test_what_can_be_done_about_an_alert_goes_when_it_is_over(web, firing):
    before = web.get(to("alert-data", firing.pk)).json()["fragments"]["alert_handle"]
    assert "I look after it" in before
    assert "Tell nobody" in before
    services.acknowledge(alert=firing, by=None)
    held = web.get(to("alert-data", firing.pk)).json()["fragments"]
    assert "I look after it" not in held["alert_handle"]
    assert "Undo" in held["alert"]
    Alert.objects.update(state="resolved", resolved_at=timezone.now())
    over = web.get(to("alert-data", firing.pk)).json()["fragments"]
    assert over["alert_handle"].strip() == ""
    assert "<form" not in over["alert"]


def test_analysts_see_open_alerts_without_a_button(client, analyst, firing):
    client.force_login(analyst)
    fragment = client.get(to("data")).json()["fragments"]["open_alerts"]
    assert "CPU on web-1" in fragment
    assert "<form" not in fragment
    assert "<a " not in fragment


def test_with_nothing_wrong_the_list_says_so(web):
    text = text_of(web.get(to("alerts")))
    assert "No alert is open" in text
    assert "There was no alert yet" in text


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("severity=critical", 0),
        ("metric=cpu", 1),
        ("metric=Memory", 0),
        ("severity=warning&state=firing", 1),
        ("host=web-1&metric=cpu_percent", 1),
        ("metric=system.cpu_percent", 1),
        ("metric=cache.cpu_percent", 0),
        ("host=web-9", 0),
    ],
)
def test_past_and_present_are_filtered(web, firing, query, count):
    html = web.get(to("alerts") + f"?{query}").content.decode()
    assert html.count('<th scope="row"><a') == count
    assert ("No alert matches these filters." in html) is (count == 0)


def test_a_filter_that_cannot_be_meant_is_named(web, firing):
    text = text_of(web.get(to("alerts") + "?severity=awful"))
    assert "severity: There is no such choice: known are info, warning, critical." in text


def test_an_alert_stands_alone_with_sentence_culprits_history_and_hook(web, clock):
    clock.tick(application={"latency_p95": 1900.0, "request_count": 100})
    route = {"route": "/valuations/", "count": 90, "p95": 1.9, "seconds": 50.0, "database": 42.0, "cpu": 8.0}
    statement = {"fingerprint": "b" * 16, "statement": 'SELECT "x" FROM "t"', "count": 90, "seconds": 41.0, "p95": 0.5}
    clock.tick(
        application={"latency_p95": 1900.0, "request_count": 100, "detail": {"routes": [route]}},
        database={"detail": {"statements": [statement]}},
    )
    alert = Alert.objects.get()
    text = text_of(web.get(to("alert", alert.pk)))
    assert "/valuations/ p95 1.90 s on web-1 (limit 1 s), 84 % in the database, most of it in one query." in text
    assert "one statement took 100 % of all time in the database" in text
    assert "Fired , log waiting" in text
    assert "I look after it" in text


def test_its_chart_is_fixed_around_the_firing(web, firing):
    for age in range(0, 3600, 30):
        SystemSample.objects.create(
            host="web-1", taken_at=firing.began_at - timedelta(seconds=age - 600), interval=30, cpu_percent=age % 90
        )
    chart = web.get(to("alert-data", firing.pk)).json()["charts"]["alert"]
    start, end = chart["window"]
    assert start == pytest.approx(firing.began_at.timestamp() - 1800, abs=1)
    assert end > firing.began_at.timestamp()
    assert all(start - 0.01 <= time <= end + 0.01 for time in chart["data"][0])  # times are told to the millisecond
    assert len(chart["data"][0]) > 50
    assert "CPU between" in chart["summary"]
    (mark,) = chart["marks"]
    assert (mark["at"], mark["until"]) == (firing.fired_at.timestamp(), end)
    assert (mark["kind"], mark["tone"]) == ("alert", firing.severity)


def test_the_platforms_chart_is_of_a_host_that_was_sampled_then(web, clock):
    def lease(host: str, renewed_at, **more) -> None:
        SamplerLease.objects.create(host=host, interval=30, renewed_at=renewed_at, expires_at=renewed_at, **more)

    lease("a-retired", clock.ago(days=30))
    lease("b-without-samples", clock.at, holder="x:1:1")
    lease("web-1", clock.at, holder="x:1:2")
    for age in range(0, 600, 30):
        TaskSample.objects.create(host="web-1", taken_at=clock.ago(seconds=age), interval=30, oldest_seconds=90.0)
    (alert,) = clock.tick(tasks={"oldest_seconds": 90.0, "waiting": 3})
    chart = web.get(to("alert-data", alert.pk)).json()["charts"]["alert"]
    assert chart["summary"].startswith("Longest wait between 90.0 s and 90.0 s")
    assert chart["data"][1].count(90.0) == 20


def test_what_is_not_sampled_has_no_chart_and_says_so(web, clock):
    at = clock.at
    SamplerLease.objects.create(host="web-2", holder="x:1:2", interval=30, renewed_at=at, expires_at=at)
    (alert,) = clock.tick(step=120)
    assert "there is no chart" in text_of(web.get(to("alert", alert.pk)))
    assert web.get(to("alert-data", alert.pk)).json()["charts"] == {}


def test_who_acknowledges_is_shown_with_the_note(web, firing, operator):
    response = web.post(to("alert-acknowledge", firing.pk), {"note": "restarting it"}, follow=True)
    assert "Acknowledged by otto" in text_of(response)
    firing.refresh_from_db()
    assert (firing.acknowledged_by, firing.note) == (operator, "restarting it")
    assert "restarting it" in text_of(web.get(to("alerts")))


def test_a_resolved_alert_can_no_longer_be_acknowledged(web, firing):
    Alert.objects.update(state="resolved", resolved_at=timezone.now())
    text = text_of(web.post(to("alert-acknowledge", firing.pk), follow=True))
    assert "there is nothing left to acknowledge" in text
    assert "I look after it" not in text


def test_an_alert_is_silenced_for_its_metric_and_host_with_a_reason(web, firing):
    response = web.post(to("alert-silence", firing.pk), {"hours": "4", "reason": "load test"}, follow=True)
    assert "by otto: load test" in text_of(response)
    made = Silence.objects.get()
    assert (made.category, made.metric, made.host) == ("system", "cpu_percent", "web-1")
    assert made.until - made.created_at == pytest.approx(timedelta(hours=4), abs=timedelta(seconds=5))


@pytest.mark.parametrize("data", [{}, {"hours": "4"}, {"hours": "5", "reason": "x"}, {"hours": "4", "reason": " "}])
def test_a_silence_without_reason_or_end_is_refused_at_its_field(web, firing, data):
    response = web.post(to("alert-silence", firing.pk), data)
    assert response.status_code == 422
    assert 'class="errorlist"' in response.content.decode()
    assert not Silence.objects.exists()


def test_the_settings_list_thresholds_and_silences_that_can_be_lifted(web, operator):
    until = timezone.now() + timedelta(hours=1)
    made = services.silence(by=operator, until=until, reason="moving house", host="web-1")
    text = text_of(web.get(to("settings")))
    assert "above 80 %, critical above 95 %, for 30 s, unless jobs take it" in text
    assert "Everything on web-1 until" in text
    assert "Nothing is silenced." in text_of(web.post(to("silence-lift", made.pk), follow=True))
    made.refresh_from_db()
    assert made.lifted_by == operator
    assert web.post(to("silence-lift", made.pk)).status_code == 404
    assert "lifted by otto" in text_of(web.get(to("settings")))


def test_anything_can_be_silenced_from_the_settings(web):
    data = {"metric": "system.cpu_percent", "host": "", "hours": "1", "reason": "benchmark"}
    assert "CPU until" in text_of(web.post(to("silences"), data, follow=True))
    for wrong in ({"metric": "system.luck"}, {"hours": "-1"}, {"reason": ""}):
        assert web.post(to("silences"), data | wrong).status_code == 422
    assert Silence.objects.count() == 1
    assert "Everything of system until" in text_of(web.post(to("silences"), data | {"metric": "system."}, follow=True))


def levels(**changes) -> dict[str, str]:
    usual = {"direction": "above", "warning": "70", "critical": "95", "clear": "60"}
    return usual | {"duration": "30", "missing": "keep", "enabled": "on"} | changes


def test_a_threshold_is_changed_on_its_page_and_reset(web, operator):
    row = Threshold.objects.get(category="system", metric="cpu_percent")
    text = text_of(web.post(to("threshold", row.pk), levels(), follow=True))
    assert "CPU: the threshold was changed." in text
    assert "above 70 %" in text
    assert "warning 80.0 → 70.0" in text_of(web.get(to("threshold", row.pk)))
    assert "back to the default" in text_of(web.post(to("threshold-reset", row.pk), follow=True))
    row.refresh_from_db()
    assert (row.warning, row.changed_by) == (80.0, operator)


@pytest.mark.parametrize("place", ["page", "admin"])
def test_what_another_changed_meanwhile_is_named_before_it_is_overwritten(web, place):
    def seen(response) -> str:
        return re.search(r'name="seen" value="([^"]+)"|name="seen"', response.content.decode())[1] or ""

    row = Threshold.objects.get(category="system", metric="cpu_percent")
    path = to("threshold", row.pk) if place == "page" else reverse("admin:performance_threshold_change", args=[row.pk])
    first = seen(web.get(path))
    other = get_user_model().objects.create_user("bob")
    services.change_threshold(threshold=row, values={"enabled": False}, by=other)
    refused = web.post(path, levels(seen=first))
    assert refused.status_code == (409 if place == "page" else 200)
    assert "bob changed this threshold meanwhile" in text_of(refused)
    row.refresh_from_db()
    assert (row.enabled, row.warning) == (False, 80.0)
    assert web.post(path, levels(seen=seen(refused))).status_code == 302
    row.refresh_from_db()
    assert (row.enabled, row.warning) == (True, 70.0)


@pytest.mark.parametrize(
    "changes", [{"warning": "101"}, {"warning": ""}, {"critical": "60"}, {"clear": "75"}, {"duration": "1e9"}]
)
def test_levels_that_make_no_sense_are_refused_at_their_field(web, changes):
    row = Threshold.objects.get(category="system", metric="cpu_percent")
    response = web.post(to("threshold", row.pk), levels(**changes))
    assert response.status_code == 422
    assert 'class="errorlist"' in response.content.decode()
    row.refresh_from_db()
    assert row.warning == 80.0


def test_the_threshold_of_a_metric_that_is_no_longer_measured_is_refused_in_words(web):
    row = Threshold.objects.create(category="system", metric="gone", warning=1, clear=1)
    response = web.post(to("threshold", row.pk), levels())
    assert response.status_code == 422
    assert "Nobody measures this." in text_of(response)
    change = reverse("admin:performance_threshold_change", args=[row.pk])
    assert "Nobody measures this." in text_of(web.post(change, levels()))


def test_a_test_is_sent_from_the_settings(web, settings):
    settings.ALERT_EMAILS = ["ops@example.com"]
    assert "The test by email was sent." in text_of(web.post(to("alerts-test"), follow=True))
    assert len(mail.outbox) == 1


def test_the_overview_lists_what_is_open_with_links_for_operators_only(web, client, analyst, firing):
    link = f'href="{to("alert", firing.pk)}"'
    assert link in web.get(to("overview")).content.decode()
    assert link in web.get(to("data")).json()["fragments"]["open_alerts"]
    client.force_login(analyst)
    html = client.get(to("overview")).content.decode()
    assert "CPU on web-1 at 93 % (limit 80 %)" in html
    assert link not in html


def test_an_alert_that_is_judged_after_its_sample_was_shown_is_new_to_the_overview(web, clock):
    def news() -> int:
        response = web.get(to("data"), headers={"If-None-Match": tags[-1]} if tags else {})
        tags.append(response["ETag"])
        return response.status_code

    tags: list[str] = []
    answers = [(news(), news())]
    for disk in (50.0, 91.0, 92.0, 10.0):
        clock.tick(system={"disk_percent": disk, "cpu_percent": 85.0 if disk == 50.0 else 10.0})
        answers.append((news(), news()))
    assert answers == [(200, 304)] * 5


def test_the_list_stays_within_its_queries_however_much_is_open(web, clock, django_assert_max_num_queries):
    for index in range(20):
        clock.tick(f"web-{index}", step=1, system={"disk_percent": 93.0, "swap_rate": 1e9})
    with django_assert_max_num_queries(9):
        web.get(to("alerts"))


def test_thresholds_are_changed_in_the_admin_by_the_same_rules_and_alerts_are_not(web, operator, firing):
    row = Threshold.objects.get(category="system", metric="cpu_percent")
    change = reverse("admin:performance_threshold_change", args=[row.pk])
    assert web.get(change).status_code == 200
    assert "good side of the warning level" in web.post(change, levels(clear="75")).content.decode()
    assert web.post(change, levels()).status_code == 302
    row.refresh_from_db()
    assert (row.warning, row.changed_by, row.changes.count()) == (70.0, operator, 1)
    for name in ("alert", "alertevent", "silence", "notification", "thresholdchange"):
        assert web.get(reverse(f"admin:performance_{name}_changelist")).status_code == 200
        assert web.get(reverse(f"admin:performance_{name}_add")).status_code == 403
    assert web.post(reverse("admin:performance_alert_change", args=[firing.pk]), {}).status_code == 403


def test_the_overview_lists_the_worst_and_how_many_more_there_are(web, clock):
    for index in range(5):
        clock.tick(f"web-{index}", step=1, system={"disk_percent": 93.0})
    fragment = web.get(to("data")).json()["fragments"]["open_alerts"]
    assert fragment.count("disk on web-") == 3
    assert ">2 more</a>" in fragment


def test_an_alert_that_another_explains_names_it_as_the_settings_do(web, firing):
    Alert.objects.filter(pk=firing.pk).update(muted_by="cache.breakers_open")
    assert "Nobody is told of it: Processes without Redis fires, too" in text_of(web.get(to("alert", firing.pk)))


def test_the_poll_of_an_alert_brings_who_is_behind_it_to_its_place_below_the_chart(web, firing):
    page = web.get(to("alert", firing.pk)).content.decode()
    assert (
        page.index('data-fragment="alert"')
        < page.index('id="chart-alert"')
        < page.index('id="behind"')
        < page.index("I look after")
    )
    assert page.count('id="culprits"') == 1
    assert 'id="culprits"' in web.get(to("alert-data", firing.pk)).json()["fragments"]["culprits"]
