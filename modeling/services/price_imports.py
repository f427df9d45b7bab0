"""Imports of prices in the background: taking a file in, reading it by a job, and clearing up behind it."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import IO, TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone

from modeling.importers.prices.container import Member, members_of
from modeling.importers.prices.layout import Recognised
from modeling.importers.prices.recognise import recognise
from modeling.importers.prices.refusals import BadPriceFile, shown
from modeling.importers.prices.signs import fits, misfit
from modeling.models import PriceImport, PriceSet, PriceUpload
from modeling.prices.rules import Rule
from modeling.selectors import job_states
from modeling.services.prices.sets import create_set
from tasks import services as job_services
from valor.lib.errors import Conflict, InvalidInput, Problem, ValorError

if TYPE_CHECKING:
    from uuid import UUID

IMPORT_PRICES = "modeling.import_prices"
MOST_BYTES = 64 * 1024**2
PIECE = 1024**2
# Uploads that wait for their job, of one user.
MOST_WAITING = 5
KEPT_UPLOADS = timedelta(days=1)
KEPT_REPORTS = timedelta(days=90)
MOST_SHOWN = 20  # files of one archive
MOST_PROBLEMS = 20
DUPLICATES = ("refuse", "first", "last")


class UploadTooLarge(ValorError):
    """The file is too large: compress it with zip or gzip, send it in parts, or use manage.py import_prices."""

    code = "too_large"
    status = 413

    def __init__(self, size: int) -> None:
        message = f"The file has {size:,} bytes; at most {MOST_BYTES:,} can be sent."
        remedy = "Compress it with zip or gzip, send it in parts, or use manage.py import_prices."
        super().__init__(problems=[Problem("file", size, message, remedy)])


class TooManyImports(Conflict):
    """Too many imports wait already: let them end, or cancel one."""


def size_of(upload: IO[bytes]) -> int:
    """The size of an upload; raises UploadTooLarge."""
    size = upload.seek(0, 2)
    upload.seek(0)
    if size > MOST_BYTES:
        raise UploadTooLarge(size)
    return size


def recognised_in(
    file: IO[bytes], name: str, stated: Mapping[str, str]
) -> list[tuple[Member, Recognised | BadPriceFile]]:
    """Each file in what was sent with its layout, or why it has none; raises BadPriceFile where none has."""
    found: list[tuple[Member, Recognised | BadPriceFile]] = []
    for member in members_of(file, name):
        try:
            found.append((member, recognise(member, stated)))
        except BadPriceFile as error:
            found.append((member, error))
    refused = [answer for _, answer in found if isinstance(answer, BadPriceFile)]
    if len(refused) == len(found):
        raise BadPriceFile(problems=[problem for error in refused for problem in error.problems][:MOST_PROBLEMS])
    return found


def inspect(
    upload: IO[bytes], *, name: str, stated: Mapping[str, str] | None = None, currencies: Sequence[str] = ()
) -> dict[str, Any]:
    """How a file would be read, with its first lines as read: for somebody to confirm. Nothing is stored.

    With *currencies*, in which its prices may be, the sign of another one is refused.
    """
    size = size_of(upload)
    found = recognised_in(upload, name, stated or {})
    refuse_other_sign([answer for _, answer in found], currencies)
    files = [inspected(member, answer) for member, answer in found[:MOST_SHOWN]]
    return {"name": shown(name), "size": size, "file_count": len(found), "files": files}


def currencies_of(price_set: PriceSet) -> tuple[str, ...]:
    """Its own, and those of its tickers that are priced otherwise."""
    others = price_set.series.exclude(currency=price_set.currency).order_by("currency").distinct()
    return (price_set.currency, *others.values_list("currency", flat=True))


def refuse_other_sign(found: Iterable[Recognised | BadPriceFile | None], currencies: Sequence[str]) -> None:
    """Raises BadPriceFile where every file has the sign of a currency that is none of these; the set's comes first.

    A single such file among several is reported, as any other that can't be used.
    """
    signs = [answer.sign for answer in found if isinstance(answer, Recognised)]
    if currencies and signs and not any(fits(sign, currency) for sign in signs for currency in currencies):
        raise BadPriceFile(problems=[misfit(signs[0], currencies[0])])


def inspected(member: Member, answer: Recognised | BadPriceFile) -> dict[str, Any]:
    from modeling.importers.prices.judgement import Rules
    from modeling.importers.prices.preview import preview

    if isinstance(answer, BadPriceFile):
        problems = [problem.as_dict() for problem in answer.problems]
        return {"name": member.name, "layout": None, "problems": problems, "preview": []}
    rows = preview(member, answer.layout, Rules(timezone.localdate()))
    return {**answer.as_dict(), "problems": [], "preview": rows}


def start_import(
    *,
    owner: Any,
    price_set: PriceSet | Callable[[], PriceSet],
    upload: IO[bytes],
    name: str,
    stated: Mapping[str, str] | None = None,
    rule: str = Rule.REPLACE,
    duplicates: str = "refuse",
) -> PriceImport:
    """Stores an upload and queues the job that reads it; *price_set* may be made when all else is well.

    What can be refused at once is refused here, before a job exists: a file that is no table of prices (BadPriceFile),
    one that can be read in more than one way (BadPriceFile, naming what must be stated), one that is too large.
    """
    size = size_of(upload)
    check_choice("rule", rule, tuple(Rule.values))
    check_choice("duplicates", duplicates, DUPLICATES)
    found = confirmed(upload, name, stated or {})
    with transaction.atomic():
        make_room(owner)
        chosen = price_set() if callable(price_set) else price_set
        refuse_other_sign(found, currencies_of(chosen))
        begun = PriceImport.objects.create(
            owner=owner,
            price_set=chosen,
            name=shown(name),
            size=size,
            layouts=layouts_of(found),
            rule=rule,
            duplicates=duplicates,
        )
        store_upload(begun, upload)
        queue(begun)
    return begun


def confirmed(upload: IO[bytes], name: str, stated: Mapping[str, str]) -> list[Recognised | None]:
    """Each file in an upload, None where it can't be read; raises BadPriceFile as `start_import` does."""
    found = [answer if isinstance(answer, Recognised) else None for _, answer in recognised_in(upload, name, stated)]
    for answer in found:
        if answer is not None:
            answer.confirmed()
    return found


def layouts_of(found: Iterable[Recognised | None]) -> list[dict[str, Any] | None]:
    return [answer.layout.as_dict() if answer is not None else None for answer in found]


def store_upload(price_import: PriceImport, upload: IO[bytes]) -> None:
    """Keeps the bytes in pieces, in the caller's transaction."""
    upload.seek(0)
    for number, data in enumerate(iter(lambda: upload.read(PIECE), b"")):
        PriceUpload.objects.create(price_import=price_import, number=number, data=data)


def queue(begun: PriceImport) -> None:
    """Queues the job that reads a stored upload, in the caller's transaction."""
    parameters = {"price_import": begun.pk}
    job = job_services.submit(IMPORT_PRICES, parameters, owner=begun.owner, label=begun.name)
    begun.job_id = job.pk
    begun.save()


def check_choice(field: str, value: str, choices: tuple[str, ...]) -> None:
    if value not in choices:
        raise InvalidInput.at(field, value, "There is no such rule.", f"Use one of: {', '.join(choices)}.")


def make_room(owner: Any) -> None:
    """Raises TooManyImports where too many uploads wait; those whose job ended otherwise are given up first."""
    waiting = list(PriceImport.objects.filter(owner=owner, finished_at=None, draft__isnull=True, pieces__number=0))
    if len(waiting) < MOST_WAITING:
        return
    states = job_states(waiting, owner)
    over = [each for each in waiting if states.get(each.job_id) not in {"queued", "running"}]
    PriceUpload.objects.filter(price_import__in=over).delete()
    left = len(waiting) - len(over)
    if left >= MOST_WAITING:
        message = f"{left} of your uploads wait already."
        raise TooManyImports(problems=[Problem("file", left, message, "Let one of them end, or cancel its job.")])


def set_for_import(
    *, owner: Any, pk: int | None = None, name: str = "", currency: str = "USD", frequency: str = ""
) -> PriceSet:
    """The owner's set of that id or name, to put prices into; one that is named and not there yet is made."""
    own = PriceSet.objects.filter(owner=owner)
    if pk is not None:
        found = own.filter(pk=pk).first()
        if found is None:
            raise InvalidInput.at(
                "price_set", pk, "You have no such set of prices; shared ones are read-only.", "Give one of your own."
            )
        return found
    if not name.strip():
        raise InvalidInput.at("price_set", None, "No set of prices is named.", "Give price_set, or set_name for one.")
    found = own.filter(name=name).first()
    return found or create_set(owner=owner, name=name, currency=currency, frequency=frequency)


def laid_out(price_import: PriceImport) -> IO[bytes]:
    """The upload in a temporary file; raises InvalidInput where it was cleared away already."""
    file: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - the caller closes it
    for data in pieces_of(price_import):
        file.write(data)
    if file.tell() != price_import.size:
        file.close()
        remedy = "Send the file again."
        raise InvalidInput.at(
            "file", price_import.name, "The upload is not here any more: it is kept for a day.", remedy
        )
    return file


def pieces_of(price_import: PriceImport) -> Iterator[bytes]:
    """The bytes of an upload, piece by piece."""
    numbers = PriceUpload.objects.filter(price_import=price_import).order_by("number").values_list("pk", flat=True)
    for pk in list(numbers):
        data = PriceUpload.objects.filter(pk=pk).values_list("data", flat=True).first()
        yield bytes(data or b"")


def complete_import(job_id: UUID, result: Mapping[str, Any]) -> int:
    """Gives the report to the import that waits for it, and clears its upload away; how many did."""
    PriceUpload.objects.filter(price_import__job_id=job_id).delete()
    return PriceImport.objects.filter(job_id=job_id).update(report=result, finished_at=timezone.now())


def fail_import(job_id: UUID, message: str, problems: list[dict[str, Any]]) -> int:
    """Notes why an import failed. Its upload stays for a day, so that the job can be tried again."""
    report = {"state": "refused", "message": message, "problems": problems, "files": []}
    return PriceImport.objects.filter(job_id=job_id).update(report=report)


def prune_imports() -> dict[str, int]:
    """Clears away uploads that nobody will read any more, and imports of long ago."""
    now = timezone.now()
    uploads, _ = PriceUpload.objects.filter(price_import__created_at__lt=now - KEPT_UPLOADS).delete()
    PriceImport.objects.filter(created_at__lt=now - KEPT_UPLOADS, draft__isnull=False).delete()
    _, reports = PriceImport.objects.filter(created_at__lt=now - KEPT_REPORTS).delete()
    return {"uploads": uploads, "imports": reports.get("modeling.PriceImport", 0)}
