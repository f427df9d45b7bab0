"""The two people of the demo. Their passwords are made at the first run and kept where only the owner can read."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from django.conf import settings
from django.contrib.auth.models import Group, User
from django.db import transaction

from valor.accounts.roles import ANALYST, OPERATOR

PEOPLE = {"analyst": ANALYST, "operator": OPERATOR}
PASSWORD_BYTES = 12


def sign_in_file() -> Path:
    return Path(settings.HOME) / "demo_sign_in"


def sign_in() -> list[tuple[str, str]]:
    """User and password of each demo person, empty before the first `load_demo`. One line each, name TAB password."""
    try:
        text = sign_in_file().read_text()
    except FileNotFoundError:
        return []
    pairs = (line.partition("\t")[::2] for line in text.splitlines())
    return [(name, password) for name, password in pairs if name in PEOPLE and password]


def load_people() -> list[tuple[str, str]]:
    """Makes the demo people where they are missing; a lost file means new passwords."""
    known = dict(sign_in())
    if set(known) != set(PEOPLE):
        passwords = {name: secrets.token_urlsafe(PASSWORD_BYTES) for name in PEOPLE}
        set_passwords(passwords)
        keep(passwords)
    else:
        present = set(User.objects.filter(username__in=PEOPLE).values_list("username", flat=True))
        set_passwords({name: password for name, password in known.items() if name not in present})
    return sign_in()


@transaction.atomic
def set_passwords(passwords: dict[str, str]) -> None:
    for name, password in passwords.items():
        user, _ = User.objects.get_or_create(username=name)
        user.is_active = True
        user.set_password(password)
        user.save()
        group, _ = Group.objects.get_or_create(name=PEOPLE[name])
        user.groups.set([group])


def keep(passwords: dict[str, str]) -> None:
    """Writes the file whole or not at all, readable by its owner only."""
    draft = sign_in_file().with_name(f".demo_sign_in.{os.getpid()}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w") as file:
        file.writelines(f"{name}\t{password}\n" for name, password in passwords.items())
    draft.replace(sign_in_file())
