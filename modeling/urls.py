"""The pages of companies, valuations, runs and portfolios."""

from django.urls import URLPattern, path

from modeling.views import companies, portfolios, runs, valuations

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
    path("portfolios/", portfolios.portfolios, name="portfolios"),
    path("portfolios/new/", portfolios.portfolio_new, name="portfolio-new"),
    path("portfolios/<int:pk>/", portfolios.portfolio, name="portfolio"),
    path("portfolios/<int:pk>/edit/", portfolios.portfolio_edit, name="portfolio-edit"),
    path("portfolios/<int:pk>/point/", portfolios.portfolio_point, name="portfolio-point"),
    path("portfolios/<int:pk>/delete/", portfolios.portfolio_delete, name="portfolio-delete"),
]
