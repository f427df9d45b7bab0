"""What HiGHS does not find."""

from __future__ import annotations

from typing import Any

import pytest

from modeling.engines.portfolio.constrained.errors import UndecidedHoldings
from modeling.engines.portfolio.constrained.held import Marked


@pytest.fixture
def nodes_run_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """One holding is found; to look for any other the nodes do not suffice."""
    solve, turns = Marked.minimised, iter(range(10))

    def minimised(self: Marked, *asked: Any, nodes: int | None = None, **more: Any) -> Any:
        if nodes is not None and next(turns) > 0:
            raise UndecidedHoldings
        return solve(self, *asked, nodes=nodes, **more)

    monkeypatch.setattr(Marked, "minimised", minimised)
