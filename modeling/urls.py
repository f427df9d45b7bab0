"""The pages of companies, valuations and runs, and of prices."""

from django.urls import URLPattern, path

from modeling.views import (
    companies,
    price_cleaning,
    price_imports,
    price_tickers,
    prices,
    runs,
    valuations,
)

app_name = "modeling"
urlpatterns: list[URLPattern] = [
    path("", companies.home, name="home"),
    path("companies/", companies.companies, name="companies"),
    path("companies/import/", companies.company_import, name="company-import"),
    path("companies/<int:pk>/", companies.company, name="company"),
    path("companies/<int:pk>/value/", companies.value_it, name="value-it"),
    path("valuations/<int:pk>/", valuations.valuation, name="valuation"),
    path("valuations/<int:pk>/edit/", valuations.valuation_edit, name="valuation-edit"),
    path("valuations/<int:pk>/simulate/", valuations.valuation_simulate, name="valuation-simulate"),
    path("valuations/<int:pk>/delete/", valuations.valuation_delete, name="valuation-delete"),
    path("valuations/<int:pk>/runs/<int:number>/", runs.run, name="run"),
    path("valuations/<int:pk>/runs/<int:number>/progress/", runs.run_progress, name="run-progress"),
    path("valuations/<int:pk>/runs/<int:number>/cancel/", runs.run_cancel, name="run-cancel"),
    path("valuations/<int:pk>/runs/<int:number>/retry/", runs.run_retry, name="run-retry"),
    path("prices/", prices.price_sets, name="price-sets"),
    path("prices/import/", price_imports.price_import_new, name="price-import-new"),
    path("prices/imports/<int:pk>/", price_imports.price_import, name="price-import"),
    path("prices/imports/<int:pk>/progress/", price_imports.price_import_progress, name="price-import-progress"),
    path("prices/imports/<int:pk>/cancel/", price_imports.price_import_cancel, name="price-import-cancel"),
    path("prices/imports/<int:pk>/retry/", price_imports.price_import_retry, name="price-import-retry"),
    path("prices/imports/<int:pk>/drop/", price_imports.price_import_drop, name="price-import-drop"),
    path("prices/<int:pk>/", prices.price_set, name="price-set"),
    path("prices/<int:pk>/report/", prices.price_report, name="price-report"),
    path("prices/<int:pk>/clean/", price_cleaning.price_clean, name="price-clean"),
    path("prices/<int:pk>/delete/", prices.price_set_delete, name="price-set-delete"),
    path("prices/<int:pk>/<str:ticker>/", price_tickers.price_ticker, name="price-ticker"),
    path("prices/<int:pk>/<str:ticker>/price/", price_tickers.price_ticker_price, name="price-ticker-price"),
    path("prices/<int:pk>/<str:ticker>/remove/", price_tickers.price_ticker_remove, name="price-ticker-remove"),
]
