"""A file read by its layout, ticker by ticker: judged, streamed, and never more in memory than a batch of points."""

from __future__ import annotations

from collections.abc import Iterator

from modeling.importers.prices.cells import Look, unwatched
from modeling.importers.prices.container import Member
from modeling.importers.prices.judgement import LeftOut, Rules, Series
from modeling.importers.prices.layout import WIDE, Layout
from modeling.importers.prices.long import LongReader
from modeling.importers.prices.refusals import refused
from modeling.importers.prices.wide import WideReader

# So many points are held at once: 500 tickers over 15 years. A larger file is read again for its next tickers.
BATCH = 2_000_000


def reader_of(
    member: Member, layout: Layout, rules: Rules, *, batch: int = BATCH, look: Look = unwatched
) -> WideReader | LongReader:
    """The reader for a layout's shape."""
    return (WideReader if layout.shape == WIDE else LongReader)(member, layout, rules, batch=batch, look=look)


class Reading:
    """One file on its way in.

    Making it reads the whole file once, so that one that is bad as a whole is refused (BadPriceFile) before anything
    of it was used. Every attribute is known then.

    *look* is called every so many lines, and may end the reading by raising.

    Attributes
    ----------
    rows : lines of data
    total : tickers
    notes : what makes one wonder about the file
    """

    def __init__(
        self, member: Member, layout: Layout, rules: Rules, *, batch: int = BATCH, look: Look = unwatched
    ) -> None:
        self.reader = reader_of(member, layout, rules, batch=batch, look=look)
        self._first = self.reader.read(0)
        self.rows = self.reader.rows
        if self.rows == 0:
            raise refused("It holds nothing but a header.", "Send the file with its lines of prices.")
        self.total = self.reader.total
        self.notes = tuple(self.reader.notes)

    def judged(self) -> Iterator[Series | LeftOut]:
        """Every ticker once, in the order of the file."""
        batch = self._first
        while True:
            yield from batch
            if self.reader.next >= self.total:
                return
            batch = self.reader.read(self.reader.next)
