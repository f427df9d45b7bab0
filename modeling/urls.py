"""The pages of companies, valuations, runs and portfolios."""

from django.urls import URLPattern, path

from modeling.views import companies, portfolio_after, portfolio_kept, portfolio_results, portfolios, runs, valuations

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
    path("portfolios/<int:pk>/keep/", portfolio_results.portfolio_keep, name="portfolio-keep"),
    path("portfolios/<int:pk>/backtest/", portfolio_results.portfolio_backtest, name="portfolio-backtest"),
    path("portfolios/<int:pk>/after/<slug:section>/", portfolio_after.portfolio_after, name="portfolio-after"),
    path("portfolios/<int:pk>/compare/", portfolio_kept.portfolio_compare, name="portfolio-compare"),
    path("portfolios/<int:pk>/results/<int:number>/", portfolio_results.result, name="portfolio-result"),
    path(
        "portfolios/<int:pk>/results/<int:number>/progress/", portfolio_results.result_progress, name="result-progress"
    ),
    path("portfolios/<int:pk>/results/<int:number>/cancel/", portfolio_results.result_cancel, name="result-cancel"),
    path("portfolios/<int:pk>/results/<int:number>/retry/", portfolio_results.result_retry, name="result-retry"),
    path("portfolios/<int:pk>/results/<int:number>/delete/", portfolio_results.result_delete, name="result-delete"),
    path("portfolios/<int:pk>/results/<int:number>/export/", portfolio_kept.result_export, name="result-export"),
]
