"""Settings, driven by the environment, safe when nothing is set. (README.md lists the variables.)"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from csp.constants import NONE, SELF

from valor import __version__
from valor.lib import databases, env, mail, processes, retention

BASE_DIR = Path(__file__).resolve().parent.parent
HOME = env.home(BASE_DIR)

DEBUG = env.flag("DEBUG")
SECRET_KEY = env.text("SECRET_KEY") or env.secret(HOME / "secret_key")
BASE_URL = env.text("BASE_URL", "http://127.0.0.1:8000").rstrip("/")
SECURE = BASE_URL.startswith("https://")
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS") or ["localhost", "127.0.0.1", "[::1]", urlsplit(BASE_URL).hostname or ""]
REDIS_URL = env.text("REDIS_URL")

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "csp",
    "django_filters",
    "django_q",
    "rest_framework",
    "rest_framework_simplejwt.token_blacklist",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "valor",
    "valor.accounts",
    "tasks",
    "performance",
    "modeling",
]

MIDDLEWARE = [
    "valor.middleware.RequestName",
    "performance.middleware.RequestScope",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "valor.middleware.Gzip",
    "csp.middleware.CSPMiddleware",
    "valor.middleware.ApiPath",
    "valor.middleware.RateHeaders",
    "valor.middleware.Private",
    "valor.middleware.ViewerTimeZone",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "valor.middleware.HtmxSignedOut",
    "valor.middleware.PagesNeedSignIn",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "valor.urls"
WSGI_APPLICATION = "valor.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "valor.context.look",
                "valor.accounts.context.roles",
            ],
            "builtins": ["valor.templatetags.valor"],
        },
    },
]

# Database: SQLite without configuration, else what DATABASE_URL names; see valor.lib.databases.
DATABASE_POOL = databases.pool_of_a_process()
DATABASES: dict[str, Any] = {"default": databases.default_database(HOME, DATABASE_POOL)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# What is stored of the statements: the slow and the repeated ones, every so many seconds (0: never by itself).
SLOW_QUERY_SECONDS = env.number("SLOW_QUERY_SECONDS", 1.0)
REPEATED_QUERY_LIMIT = env.whole("REPEATED_QUERY_LIMIT", 10)
QUERY_REPORT_SECONDS = 2.0

# What is measured is kept for so many days, by level (see performance.retention).
PERFORMANCE_KEEP_DAYS = retention.days_kept()

# Cache: a tier in the memory of each process, before Redis when REDIS_URL is set (see performance.cache.backend).
CACHES: dict[str, Any] = {
    "default": {
        "BACKEND": "performance.cache.backend.TieredCache",
        "LOCATION": REDIS_URL or "memory",
        "OPTIONS": {
            "MAX_ENTRIES": env.whole("CACHE_LOCAL_ENTRIES", 1000),
            "MAX_BYTES": env.whole("CACHE_LOCAL_MB", 64) * 1_000_000,
            "MAX_SECONDS": env.whole("CACHE_LOCAL_SECONDS", 300),
            "SOCKET_TIMEOUT": env.whole("CACHE_TIMEOUT_MS", 500) / 1000,
            "SPACE": env.text("CACHE_SPACE", "valor"),
        },
    }
}
# While Redis is away each process counts for itself; a count that fails limits nobody.
RATELIMIT_FAIL_OPEN = True
RATELIMIT_IP_META_KEY = "valor.lib.ratelimit.client_address"

# Jobs: Django-Q rings, the table of the tasks app is the truth. A bell turns Django-Q's timeout off for itself, so
# `timeout` only bounds the cluster's own stop; a bell rung again after `retry` is harmless. No result is stored
# (`save_limit`), and Django-Q's scheduler has nothing to do.
WORKERS = env.whole("VALOR_WORKERS", max(2, env.cores()))
JOB_RETENTION_DAYS = env.whole("JOB_RETENTION_DAYS", 30)
Q_CLUSTER: dict[str, Any] = {
    "name": "valor",
    "workers": WORKERS,
    "queue_limit": WORKERS,
    "timeout": 30,
    "retry": 60,
    "max_attempts": 1,
    "ack_failures": True,
    "save_limit": -1,
    "scheduler": False,
    "catch_up": False,
    "recycle": 500,
    "guard_cycle": 0.5,
    "poll": 0.05,
    "label": "Django-Q",
}
if REDIS_URL:
    patience = "socket_connect_timeout=1&socket_timeout=3"
    Q_CLUSTER["redis"] = f"{REDIS_URL}{'&' if '?' in REDIS_URL else '?'}{patience}"
else:
    Q_CLUSTER["orm"] = "default"

# Who may read /metrics. What a proxy on this machine passes on may look as if it came from here: a token is meant.
METRICS_TOKEN = env.text("METRICS_TOKEN")
METRICS_ALLOW = env.networks("METRICS_ALLOW", "" if METRICS_TOKEN else "127.0.0.0/8,::1")
# Alerts: told by the log, and by whatever of these is set.
ALERT_EMAILS = env.words("ALERT_EMAILS")
ALERT_WEBHOOK_URL, ALERT_WEBHOOK_SECRET = env.text("ALERT_WEBHOOK_URL"), env.text("ALERT_WEBHOOK_SECRET")
ALERT_REPEAT_HOURS = env.number("ALERT_REPEAT_HOURS", 4.0)
ALERT_MESSAGES_PER_HOUR = env.whole("ALERT_MESSAGES_PER_HOUR", 30)
EMAIL_HOST, EMAIL_PORT, EMAIL_HOST_USER, EMAIL_HOST_PASSWORD, EMAIL_USE_TLS = mail.server()
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.text("EMAIL_FROM", f"valor@{urlsplit(BASE_URL).hostname or 'localhost'}")

# Others' servers that give prices and statements are asked on request only; who calls is told to those that want it.
ONLINE_PROVIDERS, PROVIDER_CONTACT = env.flag("ONLINE_PROVIDERS", True), env.text("PROVIDER_CONTACT")

# The web server's processes and threads. What each process does right after its start: report about itself, and load
# what is slow to load, so that no visitor waits for it.
WEB_PROCESSES = processes.web_processes()
WEB_THREADS = processes.WEB_THREADS
WARM_UP = ["performance.reporter.report_web", "modeling.apps.load_engines"]

# People
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "accounts:sign-in"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "accounts:sign-in"
CSRF_FAILURE_VIEW = "valor.views.csrf_failure"

# Words and time
LANGUAGE_CODE = "en-us"
TIME_ZONE = env.text("TIME_ZONE", "UTC")
USE_TZ = True

# Files
STATIC_URL = "/static/"
STATIC_ROOT = HOME / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "valor.storage.HashedStatic"},
}
WHITENOISE_KEEP_ONLY_HASHED_FILES = True

# Safety
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE
SESSION_COOKIE_HTTPONLY = True
SECURE_SSL_REDIRECT = SECURE
SECURE_REDIRECT_EXEMPT = [r"^metrics$"]  # Whoever collects it on this machine does so behind the proxy that speaks TLS.
SECURE_HSTS_SECONDS = 31_536_000 if SECURE else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = SECURE
BEHIND_PROXY = env.flag("BEHIND_PROXY")
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_PROXY else None
CSRF_TRUSTED_ORIGINS = [BASE_URL] if SECURE else []
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "manifest-src": [SELF],
    }
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024

# API
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "rest_framework_simplejwt.authentication.JWTAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["valor.lib.envelope.EnvelopeRenderer"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "valor.lib.negotiation.Negotiation",
    "DEFAULT_PARSER_CLASSES": ["valor.lib.parsers.StrictJSONParser"],
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_PAGINATION_CLASS": "valor.lib.pagination.EnvelopePagination",
    "DEFAULT_THROTTLE_CLASSES": ["valor.lib.ratelimit.RateLimit"],
    "DEFAULT_SCHEMA_CLASS": "valor.schema.OperationSchema",
    "DEFAULT_METADATA_CLASS": "valor.lib.metadata.Named",
    "EXCEPTION_HANDLER": "valor.lib.api_errors.exception_handler",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
API_RATES = {
    "read": env.text("API_RATE_READ", "600/m"),
    "write": env.text("API_RATE_WRITE", "120/m"),
    "heavy": env.text("API_RATE_HEAVY", "30/m"),
    "sign_in": env.text("API_RATE_SIGN_IN", "10/m"),
}
SIMPLE_JWT = {
    "ACCESS_TOKEN_LIFETIME": timedelta(minutes=15),
    "REFRESH_TOKEN_LIFETIME": timedelta(days=7),
    "ROTATE_REFRESH_TOKENS": True,
    "BLACKLIST_AFTER_ROTATION": True,
    "UPDATE_LAST_LOGIN": True,
    "CHECK_REVOKE_TOKEN": True,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Valor IVX",
    "DESCRIPTION": "Value companies as distributions, run the simulations, watch the platform.",
    "VERSION": __version__,
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    # Names for choices that several answers share; else they are called after a hash.
    "ENUM_NAME_OVERRIDES": {
        "JobState": "tasks.choices.State",
        "HealthState": "performance.words.Word",
        "FigureState": "performance.words.FIGURE_STATES",
        "AlertState": "performance.alerts.choices.AlertState",
        "Delivery": "performance.alerts.choices.Delivery",
        "AdviceState": "performance.models.advice.Recommendation.State",
        "ResultKind": "modeling.models.portfolio.ResultKind",
        "SamplingState": "performance.models.sampling.SamplingState",
    },
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "valor.schema.envelope_answers",
    ],
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"request": {"()": "valor.lib.request_ids.RequestName"}, "outage": {"()": "valor.lib.outages.OneLine"}},
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s%(of_request)s: %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["outage", "request"]}},
    "root": {"handlers": ["console"], "level": env.text("LOG_LEVEL", "INFO")},
}
