from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class TasksConfig(AppConfig):
    name = "tasks"
    verbose_name = "Jobs"
    operators_view = ("job", "piece", "schedule", "worker")

    def ready(self) -> None:
        from tasks import backend

        backend.connect()
        autodiscover_modules("jobs")
