from django.urls import URLPattern, path

from modeling.api.views.aftermath import PortfolioCompare, PortfolioHistory, ResultAllocation, ResultStress
from modeling.api.views.companies import CompanyDetail, CompanyList, ValueCompany
from modeling.api.views.optimisation import Backtest, FrontierPoints, Optimise
from modeling.api.views.portfolios import (
    PortfolioDetail,
    PortfolioList,
    PortfolioResultDetail,
    PortfolioResults,
    PortfolioVersions,
)
from modeling.api.views.price_imports import PriceImportDetail, PriceImportList
from modeling.api.views.price_panels import PricePanel
from modeling.api.views.price_providers import FetchCompany, FetchPrices, ProviderList
from modeling.api.views.price_reports import CleanPrices, PriceCorrelation, PriceQuality, PriceStatistics
from modeling.api.views.price_series import PriceSeriesDetail, PriceSeriesList
from modeling.api.views.prices import PriceSetDetail, PriceSetList
from modeling.api.views.runs import RunDetail, RunList, Sensitivity, Simulate
from modeling.api.views.valuations import Calculation, ValuationDetail, ValuationList, VersionList

urlpatterns: list[URLPattern] = [
    path("companies/", CompanyList.as_view(), name="api-companies"),
    path("companies/fetch/", FetchCompany.as_view(), name="api-companies-fetch"),
    path("companies/<int:pk>/", CompanyDetail.as_view(), name="api-company"),
    path("companies/<int:pk>/value/", ValueCompany.as_view(), name="api-company-value"),
    path("prices/imports/", PriceImportList.as_view(), name="api-price-imports"),
    path("prices/imports/<int:pk>/", PriceImportDetail.as_view(), name="api-price-import"),
    path("prices/providers/", ProviderList.as_view(), name="api-price-providers"),
    path("prices/<int:pk>/fetch/", FetchPrices.as_view(), name="api-prices-fetch"),
    path("prices/", PriceSetList.as_view(), name="api-price-sets"),
    path("prices/<int:pk>/", PriceSetDetail.as_view(), name="api-price-set"),
    path("prices/<int:pk>/series/", PriceSeriesList.as_view(), name="api-price-series"),
    path("prices/<int:pk>/series/<str:ticker>/", PriceSeriesDetail.as_view(), name="api-price-series-of"),
    path("prices/<int:pk>/panel/", PricePanel.as_view(), name="api-price-panel"),
    path("prices/<int:pk>/statistics/", PriceStatistics.as_view(), name="api-price-statistics"),
    path("prices/<int:pk>/quality/", PriceQuality.as_view(), name="api-price-quality"),
    path("prices/<int:pk>/correlation/", PriceCorrelation.as_view(), name="api-price-correlation"),
    path("prices/<int:pk>/clean/", CleanPrices.as_view(), name="api-price-clean"),
    path("valuations/", ValuationList.as_view(), name="api-valuations"),
    path("valuations/value/", Calculation.as_view(), name="api-valuations-value"),
    path("valuations/<int:pk>/", ValuationDetail.as_view(), name="api-valuation"),
    path("valuations/<int:pk>/versions/", VersionList.as_view(), name="api-valuation-versions"),
    path("valuations/<int:pk>/simulate/", Simulate.as_view(), name="api-valuation-simulate"),
    path("valuations/<int:pk>/sensitivity/", Sensitivity.as_view(), name="api-valuation-sensitivity"),
    path("valuations/<int:pk>/runs/", RunList.as_view(), name="api-runs"),
    path("valuations/<int:pk>/runs/<int:number>/", RunDetail.as_view(), name="api-run"),
    path("portfolios/", PortfolioList.as_view(), name="api-portfolios"),
    path("portfolios/optimize/", Optimise.as_view(), name="api-portfolios-optimize"),
    path("portfolios/frontier/", FrontierPoints.as_view(), name="api-portfolios-frontier"),
    path("portfolios/backtest/", Backtest.as_view(), name="api-portfolios-backtest"),
    path("portfolios/<int:pk>/", PortfolioDetail.as_view(), name="api-portfolio"),
    path("portfolios/<int:pk>/versions/", PortfolioVersions.as_view(), name="api-portfolio-versions"),
    path("portfolios/<int:pk>/compare/", PortfolioCompare.as_view(), name="api-portfolio-compare"),
    path("portfolios/<int:pk>/history/", PortfolioHistory.as_view(), name="api-portfolio-history"),
    path(
        "portfolios/<int:pk>/results/<int:number>/allocation/",
        ResultAllocation.as_view(),
        name="api-portfolio-result-allocation",
    ),
    path(
        "portfolios/<int:pk>/results/<int:number>/stress/",
        ResultStress.as_view(),
        name="api-portfolio-result-stress",
    ),
    path("portfolios/<int:pk>/results/", PortfolioResults.as_view(), name="api-portfolio-results"),
    path("portfolios/<int:pk>/results/<int:number>/", PortfolioResultDetail.as_view(), name="api-portfolio-result"),
]
