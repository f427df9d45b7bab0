"""What holding the role *operator* brings: staff status, and a look at the tables that an app names.

An app names them in its AppConfig: ``operators_view = ("job", "worker")``.
"""

from __future__ import annotations

from typing import Any

from django.apps import AppConfig
from django.contrib.auth.models import Group, Permission, User
from django.db.models import Q

from valor.accounts.roles import OPERATOR


def follow_the_group(*, instance: User | Group, action: str, pk_set: set[int] | None, **_: Any) -> None:
    """Receiver of changes of membership, from either side: operators are staff, nobody else but superusers is."""
    if not action.startswith("post_"):
        return
    users = User.objects.filter(is_superuser=False)
    if isinstance(instance, User):
        users = users.filter(pk=instance.pk)
    elif pk_set:
        users = users.filter(pk__in=pk_set)
    operators = Q(groups__name=OPERATOR)
    # Two statements, since a join can't be updated through.
    users.filter(pk__in=User.objects.filter(operators), is_staff=False).update(is_staff=True)
    users.exclude(pk__in=User.objects.filter(operators)).filter(is_staff=True).update(is_staff=False)
    if isinstance(instance, User):
        instance.refresh_from_db(fields=["is_staff"])


def let_operators_view(*, sender: AppConfig, using: str, **_: Any) -> None:
    """Receiver of ``post_migrate``: the operators' group may view what the app names."""
    names = getattr(sender, "operators_view", ())
    if not names:
        return
    group, _made = Group.objects.using(using).get_or_create(name=OPERATOR)
    codenames = [f"view_{name}" for name in names]
    wanted = Permission.objects.using(using).filter(content_type__app_label=sender.label, codename__in=codenames)
    group.permissions.add(*wanted)
