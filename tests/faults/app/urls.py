"""The product's addresses, and those of the ill pages."""

from __future__ import annotations

from django.urls import path

from tests.faults.app import views
from valor.urls import handler400, handler403, handler404, handler500, urlpatterns

__all__ = ["handler400", "handler403", "handler404", "handler500", "urlpatterns"]
urlpatterns = [
    path("faults/calm/", views.calm),
    path("faults/accounts/", views.accounts),
    path("faults/search/", views.search),
    path("faults/hold/", views.hold),
    path("faults/touch/", views.touch),
    path("faults/popular/", views.popular),
    path("faults/thrash/", views.thrash),
    path("faults/rates/", views.rates),
    path("faults/broken/", views.broken),
    *urlpatterns,
]
