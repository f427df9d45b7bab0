"""What the pages of a running product show besides what it brings: made in its database by ``tests.customer``.

All of it happens to a host that nobody samples, so that the product itself stays as healthy as it is.
"""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO
from typing import Any

import numpy as np
from django.contrib.auth.models import Group, User
from django.contrib.sessions.backends.db import SessionStore
from django.db import transaction
from django.utils import timezone

from modeling.examples import DOCUMENT
from modeling.models import Company, PriceSet, Valuation
from modeling.portfolios.request import request_of
from modeling.services import create_valuation, start_run
from modeling.services.portfolios import create_portfolio, keep_result
from modeling.services.price_drafts import keep_draft
from modeling.services.price_imports import start_import
from modeling.services.prices import create_set, merge_series
from performance import sampling
from performance.alerts.models import Alert, Threshold
from performance.dashboards import services as dashboards
from performance.dashboards.layout import DEFAULT
from performance.metrics import CATEGORIES
from performance.models import Recommendation, SlowQuery, SystemSample
from tasks.choices import State
from tasks.models import Job
from tests.api.house import FINGERPRINT, make_advice, make_alert, make_statement
from tests.modeling.portfolios.conftest import make_set

STEPS = [
    {"depth": 0, "operation": "Sort", "rows": 1200, "cost": 310.5},
    {"depth": 1, "operation": "Seq Scan", "table": "tasks_job", "rows": 1200, "cost": 300.1, "condition": "kind = ?"},
]
CURE = {
    "kind": "missing_index",
    "what": "An index is missing",
    "why": "All 1,200 rows are read for the 3 that are wanted.",
    "how": 'CREATE INDEX "tasks_job_kind" ON "tasks_job" ("kind");',
    "effect": "About a hundred times as fast.",
    "checked": "Tried on a copy: the planner takes it.",
}


def furnish() -> dict[str, Any]:
    """One of everything that has a page of its own; what the addresses need to name them."""
    now = timezone.now()
    analyst = User.objects.get(username="analyst")
    company = Company.objects.order_by("pk").filter(owner=None)[0]
    prices = price_set(analyst)
    valuation = create_valuation(owner=analyst, document=DOCUMENT, company=company)
    run = start_run(valuation, owner=analyst, trials=1000, seed=1, sampler="sobol")
    make_statement(now)
    SlowQuery.objects.update(plan=STEPS, advice=[CURE], plan_taken_at=now, line="tasks/views.py:10")
    advice = make_advice(now)
    # Seen later than now, since the sampler lets go of advice that it does not see again.
    action = {"action": "create_index", "parameters": {"fingerprint": FINGERPRINT}}
    Recommendation.objects.filter(pk=advice.pk).update(last_seen=now + timedelta(hours=1), **action)
    return {
        "company": company.pk,
        "valuation": valuation.pk,
        "run": run.number,
        "job": str(run.job_id),
        "alert": alert(),
        "advice": advice.pk,
        "fingerprint": FINGERPRINT,
        "threshold": Threshold.objects.order_by("pk")[0].pk,
        "dashboard": dashboard(analyst),
        **prices,
        **portfolio(analyst),
    }


def portfolio(owner: User) -> dict[str, Any]:
    """Chosen from a small price set, with weights and a backtest kept of it."""
    prices = make_set(owner)
    document = {
        "name": "Core",
        "prices": {"set": prices.pk},
        "benchmark": "MKT",
        "bounds": {"upper": 0.5},
        "current": {"AAA": 0.5, "CCC": 0.5},
        "objective": {"method": "max_sharpe"},
    }
    made = create_portfolio(owner=owner, document=document)
    kept = keep_result(made, request_of(made.document, owner), owner=owner, name="First")
    walked = keep_result(made, request_of(made.document, owner, {"window": 52}), owner=owner)
    return {"portfolio": made.pk, "weights": kept.number, "backtest": walked.number, "walk": str(walked.job_id)}


def price_set(owner: User) -> dict[str, int]:
    """Prices with a gap, a split and an outlier; an import into them, and an upload that can be read in two ways."""
    made = create_set(owner=owner, name="Prices to look at")
    rng = np.random.default_rng(1)
    days = np.arange(19_000, 19_500)
    for number, ticker in enumerate(("AAA", "BBB", "CCC")):
        prices = 50 * (number + 1) * np.cumprod(1 + rng.normal(0.0004, 0.012, len(days)))
        prices[250:] /= 2 if ticker == "AAA" else 1
        prices[100] *= 3 if ticker == "BBB" else 1
        kept = ~((days > 19_300) & (days < 19_320)) if ticker == "CCC" else days > 0
        merge_series(price_set=made, ticker=ticker, days=days[kept], prices=prices[kept], sector="Technology")
    lines = "".join(f"2024-01-{day:02},{day + 10},{day + 20}\n" for day in range(1, 29))
    begun = start_import(
        owner=owner, price_set=made, upload=BytesIO(f"Date,DDD,EEE\n{lines}".encode()), name="more.csv"
    )
    doubtful = "".join(f"{day:02}/02/2024,{day + 10}\n" for day in range(1, 12))
    draft = keep_draft(owner=owner, upload=BytesIO(f"Date,FFF\n{doubtful}".encode()), name="new.csv", set_name="New")
    return {"prices": made.pk, "price_import": begun.pk, "draft": draft.pk}


def dashboard(owner: User) -> str:
    """With a panel of every kind, shared with everybody; its slug."""
    panels = [{"kind": "advice"}, {"kind": "top", "list": "routes"}, {"kind": "series", "metrics": ["system.load_1"]}]
    layout = [*map(dict, DEFAULT), *panels]
    return dashboards.create(owner=owner, title="Every kind", shared_with="everybody", layout=layout).slug


def alert(metric: str = "cpu_percent") -> int:
    """Fires now; the number of its page."""
    made = make_alert(Threshold.objects.get(category="system", metric=metric), timezone.now())
    return int(made.pk)


def calm(pk: int) -> None:
    """As if it had never fired."""
    Alert.objects.filter(pk=pk).delete()


def waiting_run(valuation: int) -> str:
    """A run that goes on until it is cancelled, since it waits for a part that there is not; its address."""
    with transaction.atomic():
        stored = Valuation.objects.get(pk=valuation)
        run = start_run(stored, owner=stored.owner, trials=1000, seed=2, sampler="sobol")
        Job.objects.filter(pk=run.job_id).update(state=State.RUNNING, started_at=timezone.now(), parts_left=1)
    return run.get_absolute_url()


def ran(job: str) -> bool:
    """Whether the job is over."""
    return Job.objects.filter(pk=job, finished_at__isnull=False).exists()


def sample(**figures: float) -> None:
    """The newest sample again, as of now and with other figures."""
    newest = SystemSample.objects.latest("taken_at")
    newest.pk, newest.taken_at = None, timezone.now()
    for name, figure in figures.items():
        setattr(newest, name, figure)
    newest.save(force_insert=True)


def sampled() -> bool:
    """Whether there is something of every kind to draw a line of."""
    return all(category.model.objects.count() > 1 for category in CATEGORIES.values())


def hasten() -> None:
    """So that nobody waits half a minute for a sample."""
    sampling.set_interval(2, by="the stagehand")


def slow_down() -> None:
    """As usual."""
    sampling.set_interval(sampling.INTERVAL, by="the stagehand")


def pause() -> None:
    """So that no other sample comes between."""
    sampling.pause(by="the stagehand")


def resume() -> None:
    sampling.resume(by="the stagehand")


def crowd(size: int) -> list[str]:
    """So many operators, each signed in; the keys of their sessions."""
    return [newcomer(f"crowd-{number}") for number in range(size)]


def newcomer(name: str) -> str:
    """An operator who has done nothing yet; the key of their session."""
    user = User.objects.create(username=name, password="!")
    user.groups.add(Group.objects.get(name="operator"))
    return session_of(user)


def superuser() -> str:
    """Somebody who may see everything in the admin; the key of their session."""
    return session_of(User.objects.create_superuser("root", password="!"))


def session_of(user: User) -> str:
    session = SessionStore()
    session["_auth_user_id"] = str(user.pk)
    session["_auth_user_backend"] = "django.contrib.auth.backends.ModelBackend"
    session["_auth_user_hash"] = user.get_session_auth_hash()
    session.set_expiry(timedelta(hours=1))
    session.save()
    return str(session.session_key)


def prices() -> None:
    """A price set to choose from, once."""
    analyst = User.objects.get(username="analyst")
    if not PriceSet.objects.filter(name="Browsed names").exists():
        make_set(analyst, name="Browsed names")
