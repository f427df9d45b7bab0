from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "valor.accounts"
    label = "accounts"
