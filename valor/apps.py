from django.apps import AppConfig


class ValorConfig(AppConfig):
    name = "valor"
    verbose_name = "Valor IVX"

    def ready(self) -> None:
        from valor import checks  # noqa: F401  registers them
