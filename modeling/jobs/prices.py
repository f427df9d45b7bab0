"""The background jobs of prices: reading an uploaded file into a set, and clearing up uploads.

NumPy and what reads files are imported inside the functions: a worker must not load them before it forks.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from modeling.services.price_imports import IMPORT_PRICES
from tasks.errors import SubjectGone
from tasks.registry import Priority, job
from valor.lib.errors import InvalidInput

if TYPE_CHECKING:
    from modeling.importers.prices.container import Member
    from modeling.importers.prices.report import FileReport, TickerReport
    from modeling.models import PriceImport
    from tasks.registry import JobContext

# Several files have no common measure of how far they are: each is a thousand units.
UNITS_A_FILE = 1_000


def checked(parameters: Any) -> dict[str, Any]:
    pk = parameters.get("price_import") if isinstance(parameters, dict) else None
    if isinstance(pk, bool) or not isinstance(pk, int):
        raise InvalidInput.at("price_import", None, "It names no import.", "Send the file to /api/prices/imports/.")
    return {"price_import": pk}


def import_address(job: Any) -> str | None:
    """The page of the import that a job works for."""
    from modeling.models import PriceImport

    found = PriceImport.objects.filter(job_id=job.id).only("pk").first()
    return found.get_absolute_url() if found else None


def hand_over(job: Any, result: dict[str, Any]) -> None:
    """Runs inside the transaction that stores the job's result: either both are there, or none."""
    from modeling.services.price_imports import complete_import

    complete_import(job.id, result)


def note_failure(job: Any) -> None:
    from modeling.services.price_imports import fail_import

    fail_import(job.id, job.error_message, job.error_problems)


@job(
    IMPORT_PRICES,
    title="Import of prices",
    timeout=1800,
    result_ttl=0,
    parameters=checked,
    subject_url=import_address,
    complete=hand_over,
    failed=note_failure,
)
def import_prices(ctx: JobContext, parameters: dict[str, Any]) -> dict[str, Any]:
    """Reads an uploaded file into a set of prices, ticker by ticker."""
    from modeling.importers.prices.container import members_of
    from modeling.importers.prices.report import summary_of
    from modeling.models import PriceImport
    from modeling.services.price_imports import laid_out
    from modeling.services.price_quality import judge

    wanted = PriceImport.objects.select_related("price_set").filter(pk=parameters["price_import"]).first()
    if wanted is None:
        raise SubjectGone
    with laid_out(wanted) as file:
        members = members_of(file, wanted.name)
        before = done_before(ctx)
        reports = [
            take(ctx, wanted, member, (number, len(members)), before.get(number, {}))
            for number, member in enumerate(members)
        ]
    refuse_nothing_usable(reports)
    if wanted.price_set is not None:
        judge(wanted.price_set)
    return summary_of(reports)


def take(
    ctx: JobContext, wanted: PriceImport, member: Member, place: tuple[int, int], before: dict[str, TickerReport]
) -> FileReport:
    """One file of an upload; a bad one among several is reported."""
    from django.utils import timezone

    from modeling.importers.prices.layout import Layout
    from modeling.importers.prices.recognise import recognise
    from modeling.importers.prices.refusals import BadPriceFile
    from modeling.importers.prices.report import FileReport
    from modeling.services.price_files import Intake

    number, count = place

    def progress(done: int, total: int, ticker: str) -> None:
        done = max(done, len(before))
        total = max(total, done, 1)
        stage = "Importing" if count == 1 else f"Importing file {number + 1} of {count}"
        message = f"{done:,} of {total:,} tickers: {ticker}" if ticker else f"Reading {member.name}"
        if count > 1:
            done, total = number * UNITS_A_FILE + UNITS_A_FILE * done // total, count * UNITS_A_FILE
        ctx.progress(done, total, stage, message)

    def keep(reports: Sequence[TickerReport]) -> None:
        data = {"file": number, "tickers": [asdict(report) for report in reports]}
        ctx.checkpoint(json.dumps(data).encode())

    intake = Intake(
        lambda: wanted.price_set, timezone.localdate(), wanted.rule, wanted.duplicates, progress=progress, keep=keep
    )
    try:
        stored = wanted.layouts[number]
        layout = Layout.from_dict(stored) if stored else recognise(member).confirmed()
        return intake.take(member, layout, before)
    except BadPriceFile as error:
        return FileReport.refused(member.name, error)


def done_before(ctx: JobContext) -> dict[int, dict[str, TickerReport]]:
    """What earlier attempts have stored already, by file and ticker."""
    from modeling.importers.prices.report import TickerReport

    found: dict[int, dict[str, TickerReport]] = {}
    for piece in ctx.pieces:
        data = json.loads(piece)
        reports = [TickerReport.from_dict(report) for report in data["tickers"]]
        found.setdefault(data["file"], {}).update({report.ticker: report for report in reports})
    return found


def refuse_nothing_usable(reports: Sequence[FileReport]) -> None:
    """An import of which nothing could be used has failed."""
    from modeling.importers.prices.refusals import BadPriceFile
    from modeling.importers.prices.report import REFUSED

    if all(report.state == REFUSED for report in reports):
        raise BadPriceFile(problems=[problem for report in reports for problem in report.reasons()][:20])


@job("modeling.prune_imports", title="Clear up imports", priority=Priority.BULK, result_ttl=0, every=3600)
def prune_imports(ctx: JobContext, parameters: dict[str, Any]) -> dict[str, Any]:
    """Deletes uploads that nobody will read any more, and imports of long ago."""
    from modeling.services.price_imports import prune_imports

    return prune_imports()
