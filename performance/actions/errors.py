"""Why an action is not begun."""

from __future__ import annotations

from typing import Any

from valor.lib.errors import Conflict, InvalidInput, ValorError


class NothingToApply(Conflict):
    """There is nothing to apply here: it has no action, or it is no longer open."""

    code = "nothing_to_apply"


class NothingToDo(Conflict):
    """Every safe action is at work already, or its effect is still being measured: wait for the verdicts."""

    code = "nothing_to_do"


class AlreadyRuns(Conflict):
    """The same action runs already, or its effect is still being measured: wait for its verdict."""

    code = "already_runs"


class NotHere(Conflict):
    """This action does not apply to this installation."""

    code = "not_here"


class ActionFailed(ValorError):
    """The action could not be done: see its job's page for the reason."""

    code = "action_failed"


class NeedsConfirmation(InvalidInput):
    """This action needs to be confirmed, since it can't be undone or holds others up meanwhile."""

    code = "needs_confirmation"
    status = 422

    @classmethod
    def of(cls, confirm: Any, what: str) -> NeedsConfirmation:
        error = cls.at("confirm", confirm, f"It needs to be confirmed: {what}", "Send confirm: true.")
        assert isinstance(error, cls)
        return error
