"""What is known so far of a file that is being recognised."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from modeling.importers.prices.container import Member
from modeling.importers.prices.layout import Finding
from modeling.importers.prices.refusals import shown


@dataclass
class Search:
    """What is known so far of one file."""

    member: Member
    stated: Mapping[str, str]
    findings: list[Finding] = field(default_factory=list)

    def settle(
        self,
        name: str,
        value: str,
        label: str,
        evidence: str,
        *,
        others: Sequence[str] = (),
        certain: bool = True,
        more: str = "",
    ) -> str:
        """Notes a finding; what was stated needs no confirmation. *more* is told of it either way."""
        given = name in self.stated
        why = ("You stated it." if given else evidence) + more
        rest = tuple(other for other in others if other != value)[:20]
        self.findings.append(Finding(name, value, shown(label), why, rest, certain or given, given))
        return value
