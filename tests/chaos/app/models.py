"""What jobs did to the world. Without constraints: a second effect must be stored to be seen."""

from __future__ import annotations

import uuid

from django.db import models


class Effect(models.Model):
    """One effect of one job, stored by its ``complete``."""

    job = models.UUIDField(default=uuid.uuid4)

    def __str__(self) -> str:
        return f"an effect of {self.job}"
