"""What becomes of a price that is stored already and offered anew with another value. (No NumPy here.)"""

from __future__ import annotations

from django.db import models


class Rule(models.TextChoices):
    """The newer one wins unless something else is asked for."""

    REPLACE = "replace", "The offered price replaces the stored one"
    KEEP = "keep", "The stored price stays"
    REFUSE = "refuse", "Nothing is stored, and the differences are told"
