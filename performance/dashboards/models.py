"""A named layout, its owner, and who else may look at it."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q

from valor.accounts.roles import ANALYST, OPERATOR


class Shared(models.TextChoices):
    """Who may look at it besides its owner, who alone may change it."""

    NOBODY = "nobody", "Nobody else"
    ANALYSTS = "analysts", "Analysts"
    OPERATORS = "operators", "Operators"
    EVERYBODY = "everybody", "Analysts and operators"


# By role the sharing that lets it in.
SEEN_BY = {ANALYST: (Shared.ANALYSTS, Shared.EVERYBODY), OPERATOR: (Shared.OPERATORS, Shared.EVERYBODY)}


class Dashboard(models.Model):
    """Its slug never changes, so that links last; *version* grows with each change, so that none overwrites another.

    *before* is the layout before its last change, and in words what that was; null where there is nothing to undo.
    """

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="dashboards")
    slug = models.SlugField(max_length=80, unique=True)
    title = models.CharField(max_length=80)
    shared_with = models.CharField(max_length=10, choices=Shared, default=Shared.NOBODY)
    layout = models.JSONField(default=list)
    before = models.JSONField(null=True, default=None)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True, default=None)

    class Meta:
        indexes = [
            models.Index(fields=["owner", "title"], name="dashboard_of_owner"),
            models.Index(fields=["removed_at"], condition=~Q(removed_at=None), name="dashboard_removed"),
        ]

    def __str__(self) -> str:
        return self.title

    def is_of(self, user: Any) -> bool:
        return bool(self.owner_id == user.pk)

    @property
    def undoable(self) -> str:
        """What the last change was, in words; empty where there is none to take back."""
        return str(self.before["said"]) if isinstance(self.before, dict) and "said" in self.before else ""
