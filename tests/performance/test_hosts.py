"""The page of hosts, what it takes to say that one is gone, and that it comes back by itself."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape
from urllib.parse import urlencode

import pytest
from django.urls import reverse
from django.utils import timezone

from performance import retirement
from performance.alerts.models import Alert, AlertEvent, Threshold
from performance.hosts import hosts_at
from performance.lease import Lease, me
from performance.models import ProcessReading, Retirement, SamplerLease, SystemSample
from performance.place import here
from performance.selectors import hosts_in_service, in_service, latest_samples
from performance.status import current_status
from valor.lib.errors import Conflict, InvalidInput

pytestmark = pytest.mark.django_db
PAGE, DATA = "/performance/hosts/", "/performance/hosts/data/"
ODD = ["wörker-ß.例え", "a/b?c=d&e#f", "<b>\"quoted'</b>", "x" * 100, " ", "%00", "..", "-1"]


@pytest.fixture
def web(client, operator, worker):
    client.force_login(operator)
    return client


def text_of(response) -> str:
    html = response if isinstance(response, str) else response.content.decode()
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html)))


def held(host: str, now, **more) -> None:
    """By a sampler that is at work."""
    values = {"holder": f"pid:[1]:4711:{now.timestamp() - 3600:.2f}", "expires_at": now + timedelta(seconds=45)}
    SamplerLease.objects.filter(host=host).update(**values | more)


def alert_of(host: str, now, **columns) -> Alert:
    threshold = Threshold.objects.get(category="system", metric="cpu_percent")
    times = {"began_at": now, "since": now, "fired_at": now, "judged_at": now}
    usual = {"category": "system", "metric": "cpu_percent", "limit": 80.0, "value": 91.0, "severity": "warning"}
    return Alert.objects.create(host=host, threshold=threshold, state="firing", **usual | times | columns)


def row_of(html: str, host: str) -> str:
    return next(row for row in re.findall(r'<tr role="row">.*?</tr>', html, re.DOTALL) if f">{host}</a>" in row)


def test_each_host_says_how_it_is_who_samples_it_and_what_runs_there(web, store, now):
    store(now, host="web-1")
    store(now, host="web-2", cpu_percent=91.0)
    held("web-1", now)
    held("web-2", now)
    alert = alert_of("web-2", now)
    common = {"host": "web-1", "started_at": now, "updated_at": now, "readings": {"place": here()}}
    for pid, role in ((1, "web"), (2, "worker"), (3, "worker"), (4, "sampler")):
        ProcessReading.objects.create(pid=pid, role=role, **common)
    html = web.get(PAGE).content.decode()
    first, second = text_of(row_of(html, "web-1")), text_of(row_of(html, "web-2"))
    assert "web-1 leads Healthy 12 % 41 % 63 %" in first
    assert "by process 4711 since" in first
    assert "every 30 s" in first
    assert "1 web server 2 workers 1 sampler" in first
    assert f"Python {here()['python']}" in first and "up since" in first and f"Valor IVX {here()['version']}" in first
    assert "leads" not in second
    assert "Degraded CPU on web-2 at 91 % (limit 80 %)" in second
    assert "none tells of itself" in second
    assert f'href="{reverse("performance:alert", args=[alert.pk])}"' in row_of(html, "web-2")
    assert html.count('class="perf-spark"') == 6


def test_no_host_is_called_healthy_beside_an_alert_that_fires(web, store, now):
    store(now)
    alert_of("web-1", now, judged_at=now - timedelta(hours=1))
    row = text_of(row_of(web.get(PAGE).content.decode(), "web-1"))
    assert "Healthy" not in row
    assert "Degraded" in row


def test_a_host_leads_to_its_overview_processes_and_alerts(web, store_all, now):
    store_all(now, host="a/b c")
    row = row_of(web.get(PAGE).content.decode(), "a/b c")
    for path in ("/performance/", "/performance/processes/", "/performance/alerts/"):
        link = f"{path}?host=a%2Fb%20c"
        assert f'href="{link}"' in row
        assert web.get(link).status_code == 200


@pytest.mark.parametrize("host", ODD)
def test_hosts_may_have_odd_names(web, store, now, host):
    store(now - timedelta(minutes=10), host=host)
    answer = web.get(f"{DATA}?{urlencode({'host': host})}")
    assert answer.status_code == 200
    assert host.strip() in unescape(answer.json()["fragments"]["hosts"])
    assert web.get(PAGE).status_code == 200
    assert text_of(web.post(f"{PAGE}retire/", {"host": host}, follow=True)).count("is retired") == 1
    assert Retirement.objects.get().host == host
    assert "Sampler silent" not in text_of(web.get(PAGE))


def test_without_hosts_it_names_the_next_step(web):
    text = text_of(web.get(PAGE))
    assert "No host is sampled: start manage.py sample_metrics on each" in text
    assert web.get(DATA).status_code == 200


def test_thirty_hosts_take_no_more_queries_than_one(web, store, now, django_assert_max_num_queries):
    store(now)
    web.get(PAGE)
    with django_assert_max_num_queries(30) as one:
        web.get(PAGE)
    for number in range(30):
        store(now, host=f"host-{number:02}")
        alert_of(f"host-{number:02}", now)
    with django_assert_max_num_queries(len(one.captured_queries) + 2):  # the lines of the last hour, and thresholds
        html = web.get(PAGE).content.decode()
    assert html.count("hosts-figure") == 93


def test_lines_show_the_last_hour_minute_by_minute_with_its_gaps(web, fill, store, now):
    fill(now, timedelta(minutes=30), skip={*range(20, 40)})
    hosts = hosts_at(now, current_status(now))
    path = hosts.there[0].measures[0].spark.path
    assert path.count("M") == 2
    assert 15 <= path.count("L") <= 24


def test_a_silent_host_is_unknown_and_can_be_retired_but_a_sampled_one_cannot(web, store, now):
    store(now, host="web-1")
    held("web-1", now)
    store(now - timedelta(minutes=20), host="web-2")
    html = web.get(PAGE).content.decode()
    assert "Unknown sampler silent on web-2 since" in text_of(row_of(html, "web-2"))
    assert "Retire this host" in row_of(html, "web-2")
    assert "Retire this host" not in row_of(html, "web-1")
    refused = text_of(web.post(f"{PAGE}retire/", {"host": "web-1"}, follow=True))
    assert "web-1 is sampled: end its sampler first" in refused
    assert not Retirement.objects.exists()


def test_a_retired_host_is_missed_no_more_and_its_alerts_are_closed(web, store, now, operator):
    store(now, host="web-1")
    store(now - timedelta(minutes=20), host="web-2")
    alert = alert_of("web-2", now)
    assert "silent on web-2" in current_status().sentence
    retirement.retire(host="web-2", by=operator)
    assert "web-2" not in current_status().sentence
    assert hosts_in_service(SystemSample) == ["web-1"]
    alert.refresh_from_db()
    assert alert.state == "resolved"
    assert list(AlertEvent.objects.values_list("kind", "by", "note")) == [
        ("closed", operator.pk, "Its host was retired.")
    ]
    text = text_of(web.get(PAGE))
    assert "1 host out of service" in text
    assert "retired by otto" in text
    assert "Take back" in text


def test_it_comes_back_by_itself_with_its_next_sample(web, store, now, operator):
    store(now - timedelta(minutes=20), host="web-2")
    retirement.retire(host="web-2", by=operator)
    assert in_service(latest_samples()) == []
    assert Lease("web-2", me(), 30).take()
    SystemSample.objects.create(host="web-2", taken_at=timezone.now(), interval=30, cpu_percent=5.0)
    assert [sample.host for sample in in_service(latest_samples())] == ["web-2"]
    assert hosts_in_service(SystemSample) == ["web-2"]
    assert "out of service" not in text_of(web.get(PAGE))


def test_a_retirement_can_be_taken_back_and_both_are_on_record(web, store, now, operator):
    store(now, host="web-1")
    store(now - timedelta(minutes=20), host="web-2")
    web.post(f"{PAGE}retire/", {"host": "web-2"})
    told = text_of(web.post(f"{PAGE}restore/", {"host": "web-2"}, follow=True))
    assert "web-2 is in service again" in told
    assert "sampler silent on web-2" in told
    row = Retirement.objects.get()
    assert (row.retired_by, row.undone_by) == (operator, operator)
    assert "web-2 is not retired" in text_of(web.post(f"{PAGE}restore/", {"host": "web-2"}, follow=True))


def test_a_host_is_retired_once(store, now, operator):
    store(now - timedelta(minutes=20))
    retirement.retire(host="web-1", by=operator)
    with pytest.raises(Conflict, match="web-1 is retired already"):
        retirement.retire(host="web-1", by=operator)
    assert Retirement.objects.count() == 1


@pytest.mark.parametrize("host", ["", "nowhere", "web\0", "x" * 5000])
def test_a_host_that_there_is_not_is_refused_by_name(web, store, now, operator, host):
    store(now)
    with pytest.raises(InvalidInput) as refused:
        retirement.retire(host=host, by=operator)
    assert refused.value.problems[0].field == "host"
    told = text_of(web.post(f"{PAGE}retire/", {"host": host}, follow=True))
    assert "No such host was ever sampled. Choose one of the list of hosts." in told


def test_hosts_that_fell_silent_long_ago_are_folded_away_without_anybody_saying_so(web, store, now):
    store(now, host="web-1")
    store(now - timedelta(days=3), host="web-0")
    SamplerLease.objects.create(host="never", interval=30, renewed_at=now, expires_at=now - timedelta(days=9))
    text = text_of(web.get(PAGE))
    assert "2 hosts out of service" in text
    assert "silent for a day longer than the others" in text
    assert "never" in text
    assert text.index("web-0") < text.index("never")


def test_a_host_whose_sampler_just_began_waits_for_its_first_sample(web, now):
    SamplerLease.objects.create(host="new-1", interval=30, renewed_at=now, expires_at=now)
    held("new-1", now)
    text = text_of(web.get(PAGE))
    assert "new-1 leads Unknown its first sample is awaited" in text


def test_while_sampling_is_stopped_every_host_is_unknown_and_says_why(web, store, now):
    from performance import sampling

    store(now)
    held("web-1", now)
    sampling.pause(by="ada")
    assert "Unknown sampling stopped by ada" in text_of(row_of(web.get(PAGE).content.decode(), "web-1"))


def test_it_is_for_operators_only_and_answers_by_the_right_methods(client, analyst, operator, store, now):
    store(now - timedelta(minutes=20))
    assert client.get(PAGE).status_code == 302
    assert client.get(DATA).status_code == 401
    client.force_login(analyst)
    assert client.get(PAGE).status_code == 403
    assert client.get(DATA).status_code == 403
    for name in ("retire", "restore"):
        assert client.post(f"{PAGE}{name}/", {"host": "web-1"}).status_code == 403
    assert not Retirement.objects.exists()
    assert f'href="{PAGE}"' not in client.get(reverse("performance:overview")).content.decode()
    client.force_login(operator)
    assert client.get(f"{PAGE}retire/").status_code == 405
    assert client.post(PAGE).status_code == 405
    assert f'href="{PAGE}"' in client.get(reverse("performance:overview")).content.decode()


def test_nothing_on_it_is_inline_and_its_poll_brings_the_table(web, store, now):
    store(now)
    html = web.get(PAGE).content.decode()
    assert not re.search(r'\sstyle="|\son\w+=|<script(?![^>]*\ssrc=)', html)
    source = unescape(re.search(r'data-source="([^"]+)"', html)[1])
    answer = web.get(source)
    assert set(answer.json()["fragments"]) == {"bar", "status", "hosts", "hosts_gone"}
    assert "charts" not in answer.json()
    assert web.get(source, headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304
    # The poll knows no request: whatever is sent from the table is sent by a form beside it.
    assert "<form" not in answer.json()["fragments"]["hosts"]


CHANGES = {
    "a lease": lambda now: SamplerLease.objects.update(expires_at=now + timedelta(seconds=46)),
    "an interval": lambda now: SamplerLease.objects.update(interval=60),
    "a process": lambda now: ProcessReading.objects.create(
        host="web-1", pid=7, role="worker", started_at=now, updated_at=now, readings={"place": here()}
    ),
    "a retirement": lambda now: retirement.retire(host="web-2", by=None),
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_changes_between_two_samples_is_news(web, store, now, change):
    store(now, host="web-1")
    store(now - timedelta(minutes=10), host="web-2")
    held("web-1", now)
    again = {"If-None-Match": web.get(DATA).headers["ETag"]}
    assert web.get(DATA, headers=again).status_code == 304
    CHANGES[change](now)
    assert web.get(DATA, headers=again).status_code == 200


def test_who_is_retired_meanwhile_is_told_among_the_others_out_of_service(web, store, now):
    store(now, host="web-1")
    store(now - timedelta(minutes=10), host="web-2")
    assert "web-2" not in web.get(DATA).json()["fragments"]["hosts_gone"]
    retirement.retire(host="web-2", by=None)
    told = web.get(DATA).json()["fragments"]
    assert "web-2" in told["hosts_gone"]
    assert "web-2" not in told["hosts"]
