from django.apps import AppConfig


class ValorConfig(AppConfig):
    name = "valor"
    verbose_name = "Valor IVX"
