"""Two tables to be asked in wrong ways."""

from __future__ import annotations

from django.db import models


class Account(models.Model):
    name = models.CharField(max_length=50)

    def __str__(self) -> str:
        return self.name


class Entry(models.Model):
    """A large table; no index leads to ``reference``."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE)
    reference = models.CharField(max_length=20)
    amount = models.FloatField(default=0.0)

    def __str__(self) -> str:
        return self.reference
