from django.contrib.auth.decorators import login_not_required
from django.urls import path
from django.views.generic import TemplateView

from valor.accounts import views

app_name = "accounts"
urlpatterns = [
    path("sign-in/", views.SignIn.as_view(), name="sign-in"),
    path("sign-out/", views.SignOut.as_view(), name="sign-out"),
    path("account/", views.account, name="account"),
    path("account/password/", views.ChangePassword.as_view(), name="password"),
    path("account/checklists/<slug:name>/close/", views.close_checklist, name="checklist-close"),
    path("theme/", views.theme, name="theme"),
    path("help/", login_not_required(TemplateView.as_view(template_name="accounts/help.html")), name="help"),
    # The admin's own sign-in form knows no rate limit: everybody signs in at the same door.
    path("admin/login/", views.admin_sign_in),
    path("favicon.ico", views.favicon, name="favicon"),
]
