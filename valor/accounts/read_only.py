"""What operators may look at in the admin, and nobody add, change or delete there; every list may be taken along."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ERROR_FLAG, ChangeList
from django.contrib.auth import get_user_model
from django.db import DataError, NotSupportedError
from django.db.models import BinaryField, Field, ForeignKey, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.utils import timezone

from valor.accounts.roles import is_operator
from valor.lib.csv_lines import csv_lines
from valor.lib.errors import ValorError

MOST_ROWS = 100_000
MOST_MOVED = 200
MOST_TOLD = 10
CHUNK = 2000
SHOWN = 80  # characters of what is echoed
BY_KEY = ("", "__exact", "__in")
PATTERNS = ("__regex", "__iregex")  # A wrong one breaks the database's answer, a long one its patience.


class Guarded(admin.ModelAdmin):
    """A list that says so when it is asked for what can't be meant, and never breaks."""

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Says what it could not make sense of, where Django shows the whole list without a word."""
        response = super().changelist_view(request, extra_context)
        if isinstance(response, HttpResponseRedirect) and response.url == f"{request.path}?{ERROR_FLAG}=1":
            asked = ", ".join(f"{name} “{value[:SHOWN]}”" for name, value in request.GET.items())
            text = f"There is no such list ({asked}): all are shown. Choose a filter at the side."
            self.message_user(request, text, messages.WARNING)
        return response

    def get_changelist_instance(self, request: HttpRequest) -> ChangeList:
        """PostgreSQL holds no NUL and breaks where it is asked for one; no calendar has a year of thirty digits.

        What a database can't compare is no outage: where it does not answer, that is told as everywhere.
        """
        if any("\0" in text for name, values in request.GET.lists() for text in (name, *values)):
            raise IncorrectLookupParameters
        try:
            return super().get_changelist_instance(request)
        except (OverflowError, ValueError, NotSupportedError, DataError) as error:
            raise IncorrectLookupParameters from error

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """What the list offers, and rows by their keys: asked for by its beginning, a hidden column would be told."""
        names = {"pk", self.opts.pk.name}
        if lookup in {f"{name}{how}" for name in names for how in BY_KEY}:
            return True
        offered = tuple(f"{name}__" for name in self.offered())
        if lookup.endswith(PATTERNS) or not f"{lookup}__".startswith(offered):
            return False
        return super().lookup_allowed(lookup, value, request)

    def offered(self) -> set[str]:
        """The columns by which the list may be narrowed."""
        filters = {str(item[0] if isinstance(item, tuple) else item) for item in self.list_filter}
        dates = {self.date_hierarchy} if self.date_hierarchy else set()
        return (filters | dates) - set(self.exclude or ())

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        return None if "\0" in object_id else super().get_object(request, object_id, from_field)


class ReadOnly(Guarded):
    """What was measured is not edited.

    ``not_exported`` are columns that a table has no use for, such as a sample's details; what ``exclude`` keeps off the
    page is never exported either.
    """

    actions: Any = ("export_csv",)
    not_exported: ClassVar[tuple[str, ...]] = ()

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_operator(request.user)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return is_operator(request.user)

    def columns(self) -> list[Field[Any, Any]]:
        """What an export holds."""
        kept = {*(self.exclude or ()), *self.not_exported}
        fields = self.model._meta.concrete_fields
        return [field for field in fields if field.name not in kept and not isinstance(field, BinaryField)]

    def each(self, request: HttpRequest, rows: QuerySet[Any], move: Callable[[Any], Any], word: str) -> None:
        """Moves the chosen rows one by one; says how many were, and which could not be and why."""
        names, count = self.model._meta, rows.count()
        if count > MOST_MOVED:
            text = f"These are {count:,} {names.verbose_name_plural}: choose at most {MOST_MOVED} at once."
            self.message_user(request, text, messages.WARNING)
            return
        refused = [refusal for refusal in (refusal_of(move, row) for row in rows) if refusal]
        for refusal in refused[:MOST_TOLD]:
            self.message_user(request, refusal, messages.WARNING)
        if len(refused) > MOST_TOLD:
            self.message_user(request, f"And {len(refused) - MOST_TOLD} more could not be.", messages.WARNING)
        moved = count - len(refused)
        told = f"{moved} {names.verbose_name} was" if moved == 1 else f"{moved} {names.verbose_name_plural} were"
        self.message_user(request, f"{told} {word}.", messages.SUCCESS if moved else messages.INFO)

    @admin.action(description="Export as CSV", permissions=["view"])
    def export_csv(self, request: HttpRequest, rows: QuerySet[Any]) -> HttpResponse | StreamingHttpResponse | None:
        """The chosen rows, or with *Select all* every one that the filters leave, as they are read."""
        count = rows.count()
        if count > MOST_ROWS:
            text = (
                f"These are {count:,} rows; at most {MOST_ROWS:,} are exported at once. Filter by host or time first."
            )
            self.message_user(request, text, messages.WARNING)
            return None
        columns = self.columns()
        read = rows.values_list(*map(looked_up, columns)).iterator(CHUNK)
        name = f"{self.model._meta.model_name}-{timezone.now():%Y%m%d-%H%M%S}.csv"
        response = StreamingHttpResponse(
            csv_lines([field.name for field in columns], read), content_type="text/csv; charset=utf-8"
        )
        response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
        response.headers["Cache-Control"] = "no-store"
        return response


class Owned(ReadOnly):
    """Somebody's own work: a line tells whose it is and how large, and leads nowhere."""

    list_display_links = None
    actions = ()  # Even the box to choose it by would tell its name.

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return obj is None and super().has_view_permission(request)

    def to_field_allowed(self, request: HttpRequest, to_field: str) -> bool:
        """No field may refer to it: the choices for that would be told by their names."""
        return False


def refusal_of(move: Callable[[Any], Any], row: Any) -> str:
    """What the service has against it; empty: nothing, it was done."""
    try:
        move(row)
    except ValorError as error:
        said = [f"{problem.message} {problem.remedy}".rstrip() for problem in error.problems] or [error.message]
        return f"{row}: {' '.join(said)}"
    return ""


def looked_up(field: Field[Any, Any]) -> str:
    """People by their names, other rows by their keys."""
    if isinstance(field, ForeignKey) and field.related_model is get_user_model():
        return f"{field.name}__username"
    return field.attname
