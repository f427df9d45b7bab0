"""The background jobs of portfolios: optimising many assets or under hard constraints, and backtests.

NumPy and the engines are imported inside the functions: a worker must not load them before it forks.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from modeling.portfolios.request import BACKTEST, OPTIMISE, Request
from tasks.registry import job

if TYPE_CHECKING:
    from tasks.registry import JobContext


def portfolio_page(job: Any) -> str | None:
    """The latest result that waits for, or took, this job's answer."""
    from modeling.models import PortfolioResult

    kept = PortfolioResult.objects.filter(job_id=job.id).order_by("-id").only("portfolio_id", "number").first()
    return kept.get_absolute_url() if kept else None


def hand_over(job: Any, result: dict[str, Any]) -> None:
    """Runs inside the transaction that stores the job's result: either both are there, or none."""
    from modeling.services.portfolios import complete_results

    complete_results(job.id, result)


@job(OPTIMISE, title="Portfolio optimisation", timeout=600, subject_url=portfolio_page, complete=hand_over)
def optimise(ctx: JobContext, parameters: dict[str, Any]) -> dict[str, Any]:
    """Optimises one portfolio document."""
    ctx.progress(0, 1, "Optimising")
    return Request.read(parameters).answer(watch=lambda done, total: ctx.progress(done, total, "Optimising"))


@job(BACKTEST, title="Backtest", timeout=1800, subject_url=portfolio_page, complete=hand_over)
def walk(ctx: JobContext, parameters: dict[str, Any]) -> dict[str, Any]:
    """Walks one portfolio document through its prices.

    Decisions that an earlier attempt has kept stand, unless the prices have changed since.
    """
    from modeling.codecs.portfolio import parse_portfolio
    from modeling.engines.portfolio.backtest.track import Decision
    from modeling.portfolios.data import data_of
    from modeling.portfolios.walk import walk_model

    request = Request.read(parameters)
    assert request.rules is not None
    model = parse_portfolio(request.document)
    data = data_of(model)
    revision = data and data.revision
    kept = [piece for piece in map(json.loads, ctx.pieces) if piece["revision"] == revision]
    fresh: list[dict[str, Any]] = []

    def keep(decision: Decision) -> None:
        fresh.append(decision.as_dict())
        if ctx.is_checkpoint_due:
            ctx.checkpoint(json.dumps({"revision": revision, "decisions": fresh}).encode())
            fresh.clear()

    return walk_model(
        model,
        request.rules,
        data=data,
        made=[Decision.from_dict(written) for piece in kept for written in piece["decisions"]],
        progress=lambda done, total: ctx.progress(done, total, "Walking through the prices"),
        keep=keep,
    )
