from django.apps import AppConfig


class PerformanceConfig(AppConfig):
    name = "performance"
    operators_view = ("systemsample", "samplerlease")
