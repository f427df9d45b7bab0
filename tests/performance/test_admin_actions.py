"""What operators do from the admin's lists goes through the services that page and API use."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape

import pytest
from django.urls import reverse

from performance.alerts.choices import AlertState
from performance.alerts.forms import ThresholdForm
from performance.alerts.models import Alert, AlertEvent, Silence, Threshold
from performance.alerts.services import change_threshold
from performance.models import ActionRun, Recommendation
from tests.performance.test_advice_api import make
from valor.lib.errors import Conflict

pytestmark = pytest.mark.django_db
ALERTS = "/admin/performance/alert/"
ADVICE = "/admin/performance/recommendation/"


@pytest.fixture
def web(client, operator):
    client.force_login(operator)
    return client


@pytest.fixture
def alert(now) -> Alert:
    threshold = Threshold.objects.get(category="system", metric="cpu_percent")
    times = {"began_at": now, "since": now, "fired_at": now, "judged_at": now}
    common = {"threshold": threshold, "category": "system", "metric": "cpu_percent", "limit": 80.0, "value": 91.0}
    return Alert.objects.create(host="web-1", state="firing", severity="warning", **common, **times)


def act(client, path: str, action: str, *rows, **more) -> str:
    chosen = {"action": action, "_selected_action": [str(row.pk) for row in rows], **more}
    answer = client.post(path, chosen, follow=True)
    assert answer.status_code == 200
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode())))


def test_alerts_are_acknowledged_with_a_note_and_in_the_name_of_who_does_it(web, alert, operator):
    assert "1 alert was acknowledged." in act(web, ALERTS, "acknowledge", alert, reason="I look after it")
    alert.refresh_from_db()
    assert (alert.acknowledged_by, alert.note) == (operator, "I look after it")
    assert list(AlertEvent.objects.values_list("kind", "by")) == [("acknowledged", operator.pk)]


@pytest.mark.parametrize(("action", "hours"), [("silence_hour", 1), ("silence_four_hours", 4), ("silence_day", 24)])
def test_alerts_are_silenced_for_a_while_and_for_a_reason(web, alert, now, action, hours):
    told = act(web, ALERTS, action, alert, reason="A planned migration")
    assert f"1 alert was silenced for {hours} h." in told
    silence = Silence.objects.get()
    assert (silence.metric, silence.host, silence.reason) == ("cpu_percent", "web-1", "A planned migration")
    assert silence.created_by.username == "otto"
    assert abs(silence.until - now - timedelta(hours=hours)) < timedelta(minutes=5)
    alert.refresh_from_db()
    assert alert.muted_by == "silence"


def test_nobody_silences_without_a_reason(web, alert):
    told = act(web, ALERTS, "silence_hour", alert)
    assert "System.cpu_percent on web-1: firing: Nobody knows why, then." in told
    assert "Give a reason in a few words." in told
    assert "0 alerts were silenced" in told
    assert not Silence.objects.exists()


def test_what_is_over_is_named_and_the_others_are_acknowledged(web, alert, now):
    over = Alert.objects.get(pk=alert.pk)
    over.pk, over.state, over.resolved_at, over.host = None, AlertState.RESOLVED, now, "web-2"
    over.save()
    told = act(web, ALERTS, "acknowledge", alert, over)
    assert "on web-2: resolved: This alert is resolved: there is nothing left to acknowledge." in told
    assert "1 alert was acknowledged." in told
    assert Alert.objects.filter(acknowledged_at=None).get() == over


def test_a_note_that_is_too_long_is_refused_by_name(web, alert):
    assert "Use at most 500 characters" in act(web, ALERTS, "acknowledge", alert, reason="x" * 600)
    assert Alert.objects.get().acknowledged_at is None


def test_recommendations_are_applied_as_a_job(web, operator):
    row = make()
    assert "1 recommendation was applied" in act(web, ADVICE, "apply", row)
    run = ActionRun.objects.get()
    assert (run.recommendation, run.requested_by) == (row, operator)
    assert Recommendation.objects.get().state == "applied"
    told = act(web, ADVICE, "apply", row)
    assert f"{row.title}: There is nothing to apply here" in told
    assert ActionRun.objects.count() == 1


def test_what_needs_to_be_confirmed_is_not_applied_from_a_list(web):
    row = make("failing_jobs", action="retry_failed_jobs", parameters={"kind": "tasks.selftest"})
    told = act(web, ADVICE, "apply", row)
    assert "It needs to be confirmed: apply it on the page Recommendations." in told
    assert not ActionRun.objects.exists()
    assert Recommendation.objects.get().state == "open"


def test_recommendations_are_dismissed_once(web, operator):
    row = make()
    assert "1 recommendation was dismissed." in act(web, ADVICE, "dismiss", row)
    assert Recommendation.objects.get().dismissed_by == operator
    assert "Only an open recommendation can be dismissed." in act(web, ADVICE, "dismiss", row)


@pytest.mark.parametrize(("path", "action"), [(ALERTS, "acknowledge"), (ALERTS, "silence_day"), (ADVICE, "dismiss")])
def test_staff_without_the_role_move_nothing(client, analyst, alert, path, action):
    row = make()
    analyst.is_staff = True
    analyst.save()
    client.force_login(analyst)
    chosen = {"action": action, "_selected_action": [str(alert.pk), str(row.pk)], "reason": "because"}
    assert client.post(path, chosen).status_code == 403
    assert Alert.objects.get().acknowledged_at is None
    assert not Silence.objects.exists()
    assert Recommendation.objects.get().state == "open"


def test_very_many_are_not_moved_at_once(web, alert, monkeypatch):
    monkeypatch.setattr("valor.accounts.read_only.MOST_MOVED", 0)
    assert "These are 1 alerts: choose at most 0 at once." in act(web, ALERTS, "acknowledge", alert)
    assert Alert.objects.get().acknowledged_at is None


def test_the_list_of_alerts_offers_just_these(web, alert):
    html = web.get(reverse("admin:performance_alert_changelist")).content.decode()
    offered = re.findall(r'<option value="(\w+)"', html)
    assert offered == ["acknowledge", "silence_hour", "silence_four_hours", "silence_day", "export_csv"]


def test_a_threshold_that_is_changed_while_a_form_is_saved_is_not_overwritten(web, analyst, monkeypatch):
    row = Threshold.objects.get(category="system", metric="cpu_percent")
    path = f"/admin/performance/threshold/{row.pk}/change/"
    filled = web.get(path).context["adminform"].form
    posted = {name: "" if filled[name].value() is None else filled[name].value() for name in filled.fields}
    clean = ThresholdForm.clean

    def meanwhile(form):
        cleaned = clean(form)
        change_threshold(threshold=Threshold.objects.get(pk=row.pk), values={"duration": 77}, by=analyst)
        return cleaned

    monkeypatch.setattr(ThresholdForm, "clean", meanwhile)
    told = web.post(path, posted | {"duration": "88"}, follow=True)
    assert told.status_code == 200
    html = told.content.decode()
    assert str(Conflict()) in html
    assert "was changed successfully" not in html
    assert Threshold.objects.get(pk=row.pk).duration != 88
