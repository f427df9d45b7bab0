"""Simulating from the workbench, and a run in every state of its job."""

from __future__ import annotations

import json
import re

import pytest

from modeling.models import Run
from modeling.services import save_document, start_run
from tasks import selectors as jobs
from tasks.models import Job
from tasks.testing import run_pending
from tests.modeling.pages.conftest import HTMX, form_of
from tests.modeling.pages.questions import refuses_other_methods, refuses_strangers


def sentence_of(run: Run) -> str:
    """As the page writes it: a number never parts from its percent sign."""
    return str(run.result["sentence"]).replace(" %", "\u00a0%")


@pytest.fixture
def run(acme) -> Run:
    return start_run(acme, trials=2000, seed=7, sampler="sobol", owner=acme.owner)


@pytest.fixture
def done(run) -> Run:
    run_pending()
    run.refresh_from_db()
    return run


def text_of(page, run: Run, path: str = "") -> str:
    answer = page.get(f"{run.get_absolute_url()}{path}")
    assert answer.status_code == 200
    return answer.content.decode().replace("&#x27;", "'")


def simulate(page, valuation, **changes):
    return page.post(f"{valuation.get_absolute_url()}simulate/", form_of(valuation, **changes))


def test_simulating_is_its_owner_s_alone(page, other_page, operator_page, acme) -> None:
    url = f"{acme.get_absolute_url()}simulate/"
    refuses_strangers("post", url, operator_page)
    refuses_other_methods("post", url, page)
    assert other_page.post(url).status_code == 404
    assert not Run.objects.exists()


def test_simulate_starts_a_run_and_leads_to_it(page, acme) -> None:
    answer = simulate(page, acme, trials="20,000", seed="42", sampler="latin_hypercube")
    run = Run.objects.get()
    assert answer["Location"] == f"/valuations/{acme.pk}/runs/1/"
    assert (run.trials, run.seed, run.sampler, run.version) == (20_000, 42, "latin_hypercube", 1)


def test_simulate_without_any_text_takes_the_defaults(page, acme) -> None:
    page.post(f"{acme.get_absolute_url()}simulate/")
    run = Run.objects.get()
    assert (run.trials, run.seed, run.sampler) == (1_000_000, 1, "sobol")


def test_simulate_saves_what_was_typed_first(page, acme) -> None:
    simulate(page, acme, inputs__growth="13")
    run = Run.objects.get()
    assert (run.version, run.document["inputs"]["growth"]) == (2, 0.13)


@pytest.mark.parametrize(
    "changes, slot",
    [
        ({"trials": "0"}, "trials"),
        ({"trials": "1000000000000"}, "trials"),
        ({"trials": "many"}, "trials"),
        ({"trials": "1500.5"}, "trials"),
        ({"seed": "-1"}, "seed"),
        ({"seed": "9" * 30}, "seed"),
        ({"sampler": "dice"}, "sampler"),
        ({"inputs__growth": "abc"}, "inputs-growth"),
    ],
)
def test_an_impossible_request_is_refused_beside_its_input(page, acme, changes, slot) -> None:
    answer = simulate(page, acme, **changes)
    assert answer.status_code == 422
    text = answer.content.decode()
    assert re.search(rf'id="error-{slot}">\s*<p class="error">', text)
    if slot in ("trials", "seed", "sampler"):
        assert '<details class="group" id="group-simulation" open>' in text
    assert not Run.objects.exists()
    assert not Job.objects.exists()


def test_a_certain_valuation_has_nothing_to_simulate(page, acme) -> None:
    certain = {f"uncertainty__{name}__distribution": "certain" for name in ("growth", "operating_margin")}
    answer = simulate(page, acme, **certain)
    assert answer.status_code == 422
    assert 'class="error"' in answer.content.decode()
    assert not Run.objects.exists()


def test_simulating_in_a_stale_tab_is_a_conflict(page, acme) -> None:
    save_document(acme, acme.document | {"name": "Newer"}, expected_version=1, tab="tab-2", sequence=1)
    answer = simulate(page, acme, inputs__growth="13")
    assert answer.status_code == 409
    assert "Keep mine" in answer.content.decode()
    assert not Run.objects.exists()


@pytest.mark.parametrize("method, path", [("get", ""), ("get", "progress/"), ("post", "cancel/"), ("post", "retry/")])
def test_a_run_is_its_owner_s_alone(page, other_page, operator_page, run, method, path) -> None:  # noqa: PLR0917
    url = f"{run.get_absolute_url()}{path}"
    refuses_strangers(method, url, operator_page)
    refuses_other_methods(method, url, page)
    assert getattr(other_page, method)(url).status_code == 404
    unknown = url.replace("/runs/1/", "/runs/99/")
    assert getattr(page, method)(unknown).status_code == 404


def test_a_queued_run_waits_polls_and_can_be_cancelled(page, run) -> None:
    text = text_of(page, run)
    assert "Queued" in text
    assert "2,000 trials wait for a worker" in text
    assert 'hx-trigger="every 300ms"' in text
    assert f'hx-get="{run.get_absolute_url()}progress/"' in text
    assert f'action="{run.get_absolute_url()}cancel/"' in text


def test_a_running_run_shows_how_far_it_is(page, run) -> None:
    job = Job.objects.get()
    Job.objects.filter(pk=job.pk).update(state="running", done=500, total=2000, progress=0.25, rate=100.0)
    text = text_of(page, run, "progress/")
    assert "25 %" in text
    assert "500 of 2,000 trials" in text
    assert " left" in text
    assert '<progress max="1" value="0.25"' in text
    assert "<html" not in text


def test_a_run_whose_job_just_ended_keeps_polling_for_its_result(page, run) -> None:
    Job.objects.update(state="done", progress=1.0)
    assert 'hx-trigger="every 300ms"' in text_of(page, run, "progress/")


def test_cancelling_ends_in_words_and_a_retry(page, run) -> None:
    assert page.post(f"{run.get_absolute_url()}cancel/")["Location"] == run.get_absolute_url()
    text = text_of(page, run)
    assert "Cancelled" in text
    assert "Retry" in text
    assert 'hx-trigger="every' not in text


def test_a_retry_runs_it_again(page, run) -> None:
    page.post(f"{run.get_absolute_url()}cancel/")
    page.post(f"{run.get_absolute_url()}retry/")
    run_pending()
    run.refresh_from_db()
    assert run.result
    assert sentence_of(run) in text_of(page, run)


def test_cancelling_too_late_says_so(page, done) -> None:
    answer = page.post(f"{done.get_absolute_url()}cancel/", follow=True)
    assert answer.status_code == 200
    assert 'class="notice warning"' in answer.content.decode()
    assert sentence_of(done) in answer.content.decode()


def test_a_failed_run_says_why_and_offers_a_retry(page, run) -> None:
    Job.objects.update(state="failed", error_message="The worker was lost three times.")
    text = text_of(page, run)
    assert "Failed" in text
    assert "The worker was lost three times." in text
    assert f'action="{run.get_absolute_url()}retry/"' in text


def test_a_run_whose_job_was_removed_says_so(page, run) -> None:
    Job.objects.all().delete()
    assert "was removed before it was done" in text_of(page, run)
    assert page.post(f"{run.get_absolute_url()}retry/").status_code == 404


def test_a_finished_run_outlives_its_job(page, done) -> None:
    Job.objects.all().delete()
    assert sentence_of(done) in text_of(page, done)


def test_a_finished_run_leads_with_its_sentence(page, done) -> None:
    text = text_of(page, done)
    assert f'<p class="verdict" role="status">{sentence_of(done)}</p>' in text
    assert text.index(sentence_of(done)) < text.index("data-histogram")
    assert 'hx-trigger="every' not in text


def test_a_finished_run_shows_every_figure(page, done) -> None:
    text, result = text_of(page, done), done.result
    for name in (1, 5, 10, 25, 50, 75, 90, 95, 99):
        assert f'<th scope="row">{name} %</th><td class="num">{result["percentiles"][f"p{name}"]:.2f}</td>' in text
    assert f"USD {result['mean']:.2f}" in text
    assert "standard error ±" in text
    assert f"{result['probability_above_price'] * 100:.1f} %" in text
    assert "Negative" in text
    assert "Floored" in text
    assert "What moves the value" in text
    assert "Correlations achieved" in text
    assert "Convergence of the mean" in text
    assert f"/jobs/{done.job_id}/" in text
    assert done.engine_version in text


def test_the_histogram_carries_its_counts_for_the_movable_line(page, done) -> None:
    text = text_of(page, done).replace("&quot;", '"')
    data = done.result["histogram"]
    assert json.loads(re.search(r'data-counts="(\[.*?\])"', text)[1]) == data["counts"]
    assert json.loads(re.search(r'data-edges="(\[.*?\])"', text)[1]) == pytest.approx(data["edges"])
    assert text.count("data-bar") == len(data["counts"])
    assert 'role="slider"' in text
    assert 'aria-valuenow="16.0"' in text
    assert "Price line" in text


def test_without_a_price_the_reason_is_shown(page, analyst, document) -> None:
    from modeling.services import create_valuation

    valuation = create_valuation(owner=analyst, document=document | {"price": None})
    run = start_run(valuation, trials=2000, seed=1, sampler="sobol", owner=analyst)
    run_pending()
    text = text_of(page, run)
    assert "There is no market price to compare with." in text
    assert "Value line" in text


def test_a_run_says_what_changed_since(page, done, acme) -> None:
    assert "Nothing has changed since this run." in text_of(page, done)
    inputs = acme.document["inputs"] | {"growth": 0.14, "cost_of_capital": 0.1}
    save_document(acme, acme.document | {"inputs": inputs, "price": None}, expected_version=1)
    text = text_of(page, done)
    assert "inputs differ since this run" in text
    assert "Revenue growth 10 % &gt; 14 %" in text
    assert "Cost of capital (WACC) 9 % &gt; 10 %" in text


def test_the_workbench_lists_its_runs(page, done, acme) -> None:
    text = page.get(acme.get_absolute_url()).content.decode()
    assert done.get_absolute_url() in text
    assert done.result["sentence"] in text
    assert "2,000 trials, seed 7" in text


def test_has_no_inline_style_or_script_and_no_doubled_id(page, done) -> None:
    text = text_of(page, done)
    assert "style=" not in text
    assert not re.search(r"<script(?![^>]*\ssrc=)", text)
    ids = re.findall(r'\sid="([^"]+)"', text)
    assert len(ids) == len(set(ids))


def test_a_deleted_valuation_takes_its_run_s_page_along(page, run, acme) -> None:
    page.post(f"{acme.get_absolute_url()}delete/")
    assert page.get(run.get_absolute_url(), headers=HTMX).status_code == 404
    assert run_pending() == 0


def test_stays_within_its_queries(page, done, run, django_assert_max_num_queries) -> None:
    with django_assert_max_num_queries(6):
        page.get(done.get_absolute_url())


def test_a_poll_stays_within_its_queries(page, run, django_assert_max_num_queries) -> None:
    with django_assert_max_num_queries(8):
        page.get(f"{run.get_absolute_url()}progress/")
    assert jobs.job_for(run.valuation.owner, run.job_id).state == "queued"
