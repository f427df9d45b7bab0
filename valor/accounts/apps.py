from django.apps import AppConfig
from django.db.models.signals import m2m_changed, post_migrate


class AccountsConfig(AppConfig):
    name = "valor.accounts"
    label = "accounts"

    def ready(self) -> None:
        from django.contrib.auth.models import User

        from valor.accounts import membership

        m2m_changed.connect(membership.follow_the_group, sender=User.groups.through, dispatch_uid="accounts.staff")
        post_migrate.connect(membership.let_operators_view, dispatch_uid="accounts.view")
