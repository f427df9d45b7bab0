"""Minor units, such as pence, and the codes by which vendors write that prices are in them.

They are no currencies: no rate converts them, and beside pounds they would be added up as pounds. So prices that are
said to be in one are brought to its currency when they come, and no set and no ticker is in one.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from valor.lib.errors import Problem

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Minor:
    """A unit of which 10 to the power of ``digits`` are one of ``currency``."""

    code: str
    currency: str
    name: str
    digits: int = 2

    @property
    def words(self) -> str:
        return f"{self.code} are {self.name}: prices are divided by {10**self.digits:,}, to {self.currency}"

    def whole(self, prices: NDArray[np.float64]) -> NDArray[np.float64]:
        """In the currency; the decimal point moves, so that 110.1 pence are 1.101 pounds to the last bit."""
        import numpy as np  # late: a worker must not load it before it forks

        return np.array([float(Decimal(repr(price)).scaleb(-self.digits)) for price in prices.tolist()])


# Capitals matter: GBp are pence, GBP pounds.
MINOR = {
    minor.code: minor
    for minor in (
        Minor("GBp", "GBP", "pence"),
        Minor("GBx", "GBP", "pence"),
        Minor("GBX", "GBP", "pence"),
        Minor("ZAc", "ZAR", "cents"),
        Minor("ZAC", "ZAR", "cents"),
        Minor("ILa", "ILS", "agorot"),
        Minor("ILA", "ILS", "agorot"),
        Minor("KWf", "KWD", "fils", 3),
        Minor("KWF", "KWD", "fils", 3),
    )
}


def minor_problem(code: str) -> Problem | None:
    """Why nothing is kept in this currency; None where it is no minor unit."""
    if code not in MINOR:
        return None
    minor = MINOR[code]
    message = f"{code} are {minor.name}, of which {10**minor.digits:,} are one {minor.currency}."
    remedy = f"Give {minor.currency}, and prices in it; of a file say that its prices are in {code}: it is converted."
    return Problem("currency", code, message, remedy)
