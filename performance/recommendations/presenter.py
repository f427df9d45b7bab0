"""Recommendations and what came of actions, as pages show them."""

from __future__ import annotations

from typing import Any

from performance.actions.registry import find
from performance.actions.selectors import told
from performance.models import ActionRun, Recommendation, Verdict

EFFORTS = {"minutes": "Minutes of work", "hours": "Hours of work", "days": "Days of work"}
VERDICTS = {
    Verdict.HELPED: ("healthy", "Helped"),
    Verdict.NO_EFFECT: ("info", "No effect"),
    Verdict.WORSE: ("critical", "Worse"),
    Verdict.UNKNOWN: ("unknown", "Unknown"),
}


def advice_of(row: Recommendation) -> dict[str, Any]:
    """A recommendation with what its buttons say."""
    action = find(row.action) if row.action else None
    offered = action if action and row.is_appliable and not action.unavailable() else None
    return {
        "row": row,
        "effort": EFFORTS.get(row.effort, row.effort),
        "action": offered,
        "dismissable": row.is_open,
        "restorable": row.state == Recommendation.State.DISMISSED,
    }


def run_of(run: ActionRun) -> dict[str, Any]:
    """An action with its figures in words; it has no verdict while it runs or settles."""
    action = find(run.action)
    icon, word = VERDICTS.get(Verdict(run.verdict), ("", "")) if run.verdict else progress_of(run)
    return {
        "run": run,
        "title": action.title if action else run.action,
        "subject": ", ".join(str(value) for value in run.parameters.values()),
        "before": told(run, "before"),
        "after": told(run, "after"),
        "icon": icon,
        "verdict": word,
    }


def progress_of(run: ActionRun) -> tuple[str, str]:
    if run.done_at:
        return "pending", "Being measured"
    return ("running", "Running") if run.began_at else ("queued", "Queued")
