from django.urls import path

from valor.accounts.api import views

urlpatterns = [
    path("token/", views.ObtainToken.as_view(), name="api-token"),
    path("token/refresh/", views.RefreshToken.as_view(), name="api-token-refresh"),
    path("token/verify/", views.VerifyToken.as_view(), name="api-token-verify"),
    path("token/blacklist/", views.BlacklistToken.as_view(), name="api-token-blacklist"),
    path("account/", views.AccountView.as_view(), name="api-account"),
]
