"""The word for a set's quality, noted beside it so that lists need not read its prices."""

from __future__ import annotations

from collections.abc import Iterable

from modeling.models import PriceSet
from modeling.prices.report_request import ReportRequest
from modeling.selectors_reports import is_small, quality

# Of a list: more are judged when it is looked at again, or when somebody opens them.
MOST_JUDGED = 1


def judge(price_set: PriceSet) -> None:
    """Notes how good the prices are as they are now; of a very large set its report says so."""
    price_set.refresh_from_db(fields=["revision"])
    if is_small(price_set, ReportRequest()):
        note(price_set, str(quality(price_set, ReportRequest())["word"]))


def note(price_set: PriceSet, word: str) -> None:
    if (price_set.quality, price_set.judged_revision) != (word, price_set.revision):
        price_set.quality, price_set.judged_revision = word, price_set.revision
        judged = {"quality": word, "judged_revision": price_set.revision}
        PriceSet.objects.filter(pk=price_set.pk, revision=price_set.revision).update(**judged)


def judge_some(price_sets: Iterable[PriceSet]) -> None:
    """Judges the first whose prices have changed since."""
    changed = [each for each in price_sets if each.judged_revision != each.revision]
    for each in changed[:MOST_JUDGED]:
        judge(each)
