"""What the first visitors of the day will ask for."""

from __future__ import annotations

from modeling.models import Company
from modeling.selectors import prefill_for
from performance.cache import warmer


@warmer("companies")
def warm_companies() -> int:
    """Statements and first inputs of the companies that everybody sees."""
    shared = Company.objects.filter(owner__isnull=True)
    return sum(1 for company in shared if prefill_for(company) is not None)
