"""Sign-in, sign-out, one's own account."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import LoginView, LogoutView, PasswordChangeView
from django.contrib.messages.views import SuccessMessageMixin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.urls import reverse, reverse_lazy
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from valor.accounts import checklists
from valor.accounts.cookies import remember, remembered
from valor.accounts.forms import PreferencesForm, SignInForm
from valor.accounts.limits import sign_in_usage
from valor.accounts.roles import roles_of
from valor.lib.pages import missing_is_404


class SignIn(LoginView):
    """Leads back to ``next``; ten attempts a minute for one name from one address."""

    template_name = "accounts/sign_in.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        usage = sign_in_usage(request, request.POST.get("username", ""))
        if usage is None or not usage["should_limit"]:
            return super().post(request, *args, **kwargs)
        seconds = max(1, usage["time_left"])
        form = SignInForm(request, initial={"username": request.POST.get("username", "")})
        context = self.get_context_data(form=form, seconds=seconds)
        return self.render_to_response(context, status=429, headers={"Retry-After": str(seconds)})


class SignOut(LogoutView):
    """By POST only, so that no link of another site signs anybody out."""

    http_method_names = ["post", "options"]


class ChangePassword(SuccessMessageMixin, PasswordChangeView):
    template_name = "accounts/password.html"
    success_url = reverse_lazy("accounts:account")
    success_message = "Your password is changed; your other sessions are signed out."


@login_not_required
def admin_sign_in(request: HttpRequest) -> HttpResponse:
    if request.user.is_authenticated:
        raise PermissionDenied
    return redirect(f"{reverse('accounts:sign-in')}?{request.GET.urlencode()}")


@login_not_required
@require_safe
def favicon(request: HttpRequest) -> HttpResponse:
    """For browsers that ask for the old name; the file's real one carries its hash."""
    return redirect(static("valor/favicon.svg"))


@require_http_methods(["GET", "HEAD", "POST"])
def account(request: HttpRequest) -> HttpResponse:
    form = PreferencesForm(request.POST or None, initial=remembered(request))
    if request.method == "POST" and form.is_valid():
        messages.success(request, "Saved for this browser.")
        return remember(redirect("accounts:account"), form.cleaned_data)
    status = 422 if form.is_bound else 200
    return render(request, "accounts/account.html", {"form": form, "roles": roles_of(request.user)}, status=status)


@require_POST
@missing_is_404
def close_checklist(request: HttpRequest, name: str) -> HttpResponse:
    """For good: whoever knows their way is not led again."""
    checklists.close(user=request.user, name=name)
    messages.success(request, "The first steps are closed. The help page tells the rest.")
    return redirect(checklists.page_of(name))


@login_not_required
@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    """Switches the theme and leads back to where the switch was pressed."""
    back = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(back, {request.get_host()}, require_https=request.is_secure())
    chosen = {"theme": request.POST.get("theme", "")}
    return remember(redirect(back if safe else "/"), chosen)
