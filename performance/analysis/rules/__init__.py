"""From facts to advice: every declared rule asked, the best advice first. Pure: no Django, no clock, no I/O."""

from __future__ import annotations

from performance.analysis.rules import application, cache, database, memory, processes, statements, system, tasks
from performance.analysis.rules.base import RULES, Area, Case, Cure, Effort, Finding, Rule
from performance.analysis.rules.facts import Facts

MODULES = (application, cache, database, memory, processes, statements, system, tasks)

__all__ = ["MODULES", "RULES", "Area", "Case", "Cure", "Effort", "Facts", "Finding", "Rule", "findings"]


def findings(facts: Facts) -> list[Finding]:
    """One finding for each rule and subject, the highest score first."""
    best: dict[tuple[str, str], Finding] = {}
    for declared in RULES.values():
        for found in declared.findings(facts):
            known = best.get(found.key)
            if known is None or found.score > known.score:
                best[found.key] = found
    return sorted(best.values(), key=lambda found: (-found.score, found.key))
