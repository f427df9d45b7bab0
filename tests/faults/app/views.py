"""Pages that are well, and pages with one illness each."""

from __future__ import annotations

import os
import random
import time
from urllib.request import urlopen

from django.contrib.auth.decorators import login_not_required
from django.core.cache import cache
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse

from performance.cache import cached
from performance.instruments import measure
from tests.faults.app.models import Account, Entry

RATES = "rates.example"


@login_not_required
def calm(request: HttpRequest) -> HttpResponse:
    """One query, and a cached value that is there."""
    cache.get_or_set("calm:greeting", "hello", 300)
    return HttpResponse(f"{Account.objects.only('name').first()}")


@login_not_required
def accounts(request: HttpRequest) -> HttpResponse:
    """N+1: asks for the account of each entry by itself."""
    names = [entry.account.name for entry in Entry.objects.order_by("pk")[: int(request.GET.get("entries", "1500"))]]
    return HttpResponse(str(len(names)))


@login_not_required
def search(request: HttpRequest) -> HttpResponse:
    """Searches a large table by a column without an index."""
    reference = f"R{random.randrange(10**9)}"
    return HttpResponse(str(list(Entry.objects.filter(reference=reference).values_list("amount")[:10])))


@login_not_required
def hold(request: HttpRequest) -> HttpResponse:
    """Keeps its connection in a transaction while it does something else."""
    with transaction.atomic():
        Account.objects.first()
        time.sleep(3.0)
    return HttpResponse("held")


@login_not_required
def touch(request: HttpRequest) -> HttpResponse:
    """Changes a row, and waits where another holds it."""
    with transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL lock_timeout = 20000")
        Account.objects.filter(pk=1).update(name="touched")
    return HttpResponse("touched")


@cached(ttl=0.5, namespace="popular")
def popular_figure() -> float:
    """Dear, wanted by all, and forgotten at once."""
    time.sleep(1.0)
    return random.random()


@login_not_required
def popular(request: HttpRequest) -> HttpResponse:
    return HttpResponse(str(popular_figure()))


@login_not_required
def thrash(request: HttpRequest) -> HttpResponse:
    """Fills the local tier with what nobody asks for again."""
    for _ in range(400):
        cache.set(f"thrash:{random.getrandbits(64)}", "x" * 2000, 600)
    return HttpResponse("filled")


@login_not_required
def rates(request: HttpRequest) -> HttpResponse:
    """Asks a server of others, which takes its time."""
    with measure("outside", target=RATES), urlopen(os.environ["FAULTS_RATES_URL"], timeout=10) as answer:
        return HttpResponse(answer.read())


@login_not_required
def broken(request: HttpRequest) -> HttpResponse:
    raise LookupError("no such rate")
