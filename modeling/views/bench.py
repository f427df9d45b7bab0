"""What the workbench shows: the left side from texts, the right side from the stored document."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

from django.utils import timezone

from modeling import selectors
from modeling.forms.edits import whole
from modeling.forms.texts import plain
from modeling.forms.workbench import WorkbenchForm, texts_of
from modeling.models import Run, Valuation
from modeling.prefill import Suggestion
from modeling.presenters.inputs import SAMPLERS, SheetMaker
from modeling.presenters.repairs import repairs_for
from modeling.presenters.results import Result, result_view
from modeling.presenters.sheet import Sheet
from modeling.simulation_request import DEFAULT_SEED, DEFAULT_TRIALS, ENGINE_VERSION
from performance.cache import cached
from valor.lib.errors import InvalidInput, Problem

RUNS_SHOWN = 10
GRID_SIZE = 7
# Each edit makes a document of its own: what nobody looks at again must not fill the cache for long.
RESULT_SECONDS = 300


def suggestions_for(valuation: Valuation) -> Mapping[str, Suggestion]:
    """What the company's history suggests for each driver; nothing for a valuation without statements."""
    prefill = selectors.prefill_for(valuation.company) if valuation.company else None
    return prefill.drivers if prefill else {}


def simulation_texts(latest: Run | None) -> dict[str, str]:
    """How the last run was sampled, to start the next one from."""
    trials, seed = (latest.trials, latest.seed) if latest else (DEFAULT_TRIALS, DEFAULT_SEED)
    return {"trials": plain(trials), "seed": str(seed), "sampler": latest.sampler if latest else "sobol"}


def stored_sheet(valuation: Valuation, latest: Run | None) -> Sheet:
    """The left side of a document as it is stored."""
    texts = texts_of(valuation.document) | simulation_texts(latest)
    repairs = repairs_for(valuation.document)
    return SheetMaker(texts, valuation.document, suggestions_for(valuation), repairs=repairs).sheet()


def posted_sheet(valuation: Valuation, form: WorkbenchForm, latest: Run | None = None) -> Sheet:
    """The left side as it was posted, with its errors and the repairs offered."""
    texts = simulation_texts(latest) | form.texts()
    problems = [*form.problems, *simulation_problems(form)]
    repairs = repairs_for(form.document, problems)
    return SheetMaker(texts, form.document, suggestions_for(valuation), problems, repairs).sheet()


def simulation_problems(form: WorkbenchForm) -> list[Problem]:
    """What a simulation would refuse about its settings, unless that is said already; saving does not depend on it."""
    from modeling.codecs import sampling_problems  # late: it loads NumPy, which a worker must not do before it forks

    known = {problem.field for problem in form.problems}
    return [problem for problem in sampling_problems(**form.simulation()) if problem.field not in known]


def chosen_year(data: Mapping[str, str]) -> int:
    """The year whose formulas are looked at; the first unless another is asked for."""
    return whole(data.get("year")) or 1


def result_key(owner: int, document: Mapping[str, Any], year: int = 1) -> tuple[object, ...]:
    """A value depends on document, day and engine alone; whose it is keeps people apart all the same."""
    return owner, document, year, timezone.localdate(), ENGINE_VERSION


@cached(ttl=RESULT_SECONDS, namespace="results", key=result_key)
def result_of(owner: int, document: Mapping[str, Any], year: int = 1) -> Result:
    """The owner's stored document valued, with its preview range and its sensitivity."""
    from modeling import codecs  # late: it loads NumPy, which a worker must not do before it forks

    model = codecs.parse_document(document)
    preview, reason = None, ""
    if document.get("uncertainty"):
        try:
            preview = codecs.preview(model)
        except InvalidInput as error:
            reason = error.problems[0].message if error.problems else error.message
    try:
        grid = codecs.sensitivity(model, size=GRID_SIZE)
    except InvalidInput:
        grid = None
    found = codecs.result_to_dict(model, codecs.value_model(model), timezone.localdate())
    return result_view(document, found, preview, grid, reason, year=year)


def workbench(valuation: Valuation, form: WorkbenchForm | None = None, *, year: int = 1, **more: Any) -> dict[str, Any]:
    """The whole page's context; *form* is given when a post could not be saved."""
    runs = list(selectors.runs_of(valuation).defer("document")[:RUNS_SHOWN])
    latest = runs[0] if runs else None
    sheet = posted_sheet(valuation, form, latest) if form else stored_sheet(valuation, latest)
    return {
        "valuation": valuation,
        "sheet": sheet,
        "result": result_of(valuation.owner_id, valuation.document, chosen_year(form.data) if form else year),
        "runs": runs,
        "samplers": SAMPLERS,
        "version": form.expected_version if form and form.expected_version else valuation.version,
        "tab": secrets.token_urlsafe(12),
        "status": f"Version {valuation.version}",
        **more,
    }
