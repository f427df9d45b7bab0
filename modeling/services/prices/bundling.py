"""Writing blocks into the bundles of a locked set. It loads NumPy: import it late."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from modeling.models import PriceBundle, PriceSet
from modeling.prices.bundles import Bundle, bundle_number, bundled
from modeling.prices.coding import Block
from modeling.prices.reading import Wanted, bundles

BATCH = 50
Blocks = dict[tuple[int, int], dict[int, Block]]  # By number and span, and by series.
Keys = Mapping[Bundle, int]


def store_blocks(price_set: PriceSet, changed: Sequence[tuple[int, Block]]) -> None:
    """Puts blocks in the place of those that these series have of the same spans."""
    if not changed:
        return
    keys, spans = {key for key, _ in changed}, [block.span for _, block in changed]
    before = stored(Wanted(price_set.pk, [*keys], min(spans), max(spans)))
    blocks = blocks_of(before)
    for key, block in changed:
        blocks[bundle_number(key), block.span][key] = block
    write(price_set, before, blocks)


def remove_blocks(price_set: PriceSet, series: int) -> None:
    """Takes all blocks of a series out of its bundles."""
    before = stored(Wanted(price_set.pk, [series]))
    blocks = blocks_of(before)
    for alike in blocks.values():
        alike.pop(series, None)
    write(price_set, before, blocks)


def stored(wanted: Wanted) -> Keys:
    return {bundle: pk for pk, bundle in bundles(wanted)}


def blocks_of(bundles: Iterable[Bundle]) -> Blocks:
    found: Blocks = defaultdict(dict)
    for bundle in bundles:
        for key, block in bundle.blocks():
            found[bundle_number(key), block.span][key] = block
    return found


def write(price_set: PriceSet, before: Keys, blocks: Blocks) -> None:
    """Only bundles that are others now are written, and those that are no more are deleted."""
    after = {bundle: number for (number, _), alike in blocks.items() for bundle in bundled(alike)}
    PriceBundle.objects.filter(pk__in=[pk for bundle, pk in before.items() if bundle not in after]).delete()
    fresh = [
        PriceBundle(price_set=price_set, number=number, **bundle._asdict())
        for bundle, number in after.items()
        if bundle not in before
    ]
    PriceBundle.objects.bulk_create(fresh, batch_size=BATCH)
