"""Cleaning a set: the rules, a trial of them, and the new set they make. The source is never changed."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from modeling.forms.cleaning import CleaningForm
from modeling.models import PriceSet
from modeling.presenters.price_cleaning import cleaning_of
from modeling.selectors_prices import price_set_for
from modeling.services.price_cleaning import clean_set, is_small, preview, start_cleaning
from modeling.views.guard import analyst_page
from valor.lib.errors import ValorError


@require_http_methods(["GET", "POST"])
@analyst_page
def price_clean(request: HttpRequest, pk: int) -> HttpResponse:
    """The button *Try it* shows what would be done; *Make the new set* does it."""
    found = price_set_for(request.user, pk)
    posted = request.method == "POST"
    form = CleaningForm(*([request.POST] if posted else []), price_set=found, user=request.user)
    context: dict[str, Any] = {"price_set": found, "form": form, "small": is_small(found)}
    if not posted:
        return render(request, "modeling/prices/clean.html", context)
    if form.is_valid():
        try:
            if "make" in request.POST:
                return made(request, found, form)
            context["cleaning"] = cleaning_of(preview(found, form.rules(), user=request.user))
            return render(request, "modeling/prices/clean.html", context)
        except ValorError as error:
            named = [problem for problem in error.problems if problem.field in form.fields]
            for problem in named:
                form.add_error(problem.field, f"{problem.message} {problem.remedy}")
            context["error"] = None if len(named) == len(error.problems) and named else error
    return render(request, "modeling/prices/clean.html", context, status=422)


def made(request: HttpRequest, found: PriceSet, form: CleaningForm) -> HttpResponse:
    """The new set at once, or for very many prices the job that makes it."""
    name, rules = form.cleaned_data["name"], form.rules()
    if not is_small(found):
        job = start_cleaning(found, rules, owner=request.user, name=name)
        return redirect("tasks:job", job.pk)
    new = clean_set(found, rules, owner=request.user, name=name)
    messages.success(request, f"{new.name} was made from {found.name}, which is as it was.")
    return redirect(new)
