"""Answers to the small forms that are sent without leaving the page, and to the same forms without JavaScript."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect

from valor.lib.envelope import failure_response
from valor.lib.errors import Problem

NOT_TAKEN = "This was not taken over:"


def wanted(request: HttpRequest) -> bool:
    """Whether a script sent the form: it wants to be told, and shows the rest by its next poll."""
    return request.headers.get("Accept", "").startswith("application/json")


def done(request: HttpRequest, said: str, page: str) -> HttpResponse:
    """*said* is shown where the form was sent, else on *page*."""
    if wanted(request):
        return JsonResponse({"said": said})
    messages.success(request, said)
    return redirect(page)


def refused(form: forms.BaseForm) -> HttpResponse:
    """What is wrong with each field, for the script that sent it."""
    faults = [(name, str(error)) for name, errors in form.errors.items() for error in errors]
    problems = tuple(
        Problem(name, form.data.get(name), error, "Correct it and send it again.") for name, error in faults
    )
    labels = [f"{form.fields[name].label or name}: {error}" if name in form.fields else error for name, error in faults]
    return failure_response(422, " ".join([NOT_TAKEN, *labels]), problems)
