"""Settings, all from the environment. Each variable is described in docs/configuration.md."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured

from backoffice.branding import UNFOLD  # noqa: F401
from backoffice.company import COMPANY  # noqa: F401
from backoffice.embedded.folders import configuration_for, data_folder
from backoffice.library_settings import *  # noqa: F403
from backoffice.logs import logging_settings

env = environ.Env()
BASE_DIR = Path(__file__).resolve().parent.parent

# --- Where this runs ------------------------------------------------------------------------------

BACKOFFICE_ENV: str = env.str("BACKOFFICE_ENV", default="production")
if BACKOFFICE_ENV not in {"demo", "test", "production"}:
    raise ImproperlyConfigured(
        f"BACKOFFICE_ENV is {BACKOFFICE_ENV!r}; it may be demo, test or production."
    )
PRODUCTION = BACKOFFICE_ENV == "production"


def needed(name: str, default: str) -> str:
    """Read a variable that has a harmless default in demo and tests, and none in production."""
    value: str = env.str(name, default="" if PRODUCTION else default)
    if PRODUCTION and not value:
        raise ImproperlyConfigured(
            f"{name} must be set (BACKOFFICE_ENV is production; `make demo` needs nothing)."
        )
    return value


DEBUG: bool = env.bool("DEBUG", default=False)
SECRET_KEY: str = needed("SECRET_KEY", "demo-and-tests-only-never-in-production-0123456789abcdef")
ALLOWED_HOSTS: list[str] = env.list(
    "ALLOWED_HOSTS", default=[] if PRODUCTION else ["127.0.0.1", "localhost", "[::1]"]
)
CSRF_TRUSTED_ORIGINS: list[str] = env.list("CSRF_TRUSTED_ORIGINS", default=[])
PUBLIC_URL: str = env.str("PUBLIC_URL", default="http://127.0.0.1:8000").rstrip("/")
TRUSTED_PROXIES: int = env.int("TRUSTED_PROXIES", default=0)

# --- Applications ---------------------------------------------------------------------------------

INSTALLED_APPS = [
    # Unfold stands before the apps whose templates it replaces.
    # Its plain configuration: the other one would put its own site in the place of ours.
    "unfold.apps.BasicAppConfig",
    "unfold.contrib.filters",
    "unfold.contrib.forms",
    "unfold.contrib.inlines",
    "unfold.contrib.import_export",
    "unfold.contrib.simple_history",
    "backoffice.admin_app.BackofficeAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.contrib.postgres",
    "import_export",
    "simple_history",
    "django_fsm",
    "django_q",
    "pgtrigger",
    "axes",
    "rest_framework",
    "drf_spectacular",
    "domain",
    "api",
    # Last, so that the pages of the libraries are there to be taken off the admin.
    "backoffice",
]
MIDDLEWARE = [
    "backoffice.middleware.RequestContextMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "backoffice.middleware.SecurityHeadersMiddleware",
    "backoffice.middleware.ApiMiddleware",
    "backoffice.middleware.AnsweringMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "backoffice.middleware.SessionLimitMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
    "axes.middleware.AxesMiddleware",
]
ROOT_URLCONF = "backoffice.urls"
WSGI_APPLICATION = "backoffice.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "backoffice" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
LANGUAGE_CODE = "en-us"
USE_TZ = True
# The staff's own zone: where it differs from the browser's, Django's hint hides filter boxes.
TIME_ZONE = "America/New_York"
DELIVERIES_TIME_ZONE = "America/New_York"
VEHICLES_TIME_ZONE = "Asia/Kolkata"

# --- Database, cache, queue -----------------------------------------------------------------------

DATABASE_URL: str = env.str("DATABASE_URL", default="")
DATABASE_POOL_SIZE: int = env.int("DATABASE_POOL_SIZE", default=10)
# A wait for a lock that lasts longer than this is a fault to report, not to sit through.
# A session takes the last only as its temporary tables need it, which a commission run's do.
SESSION_OPTIONS = (
    "-c lock_timeout=3000 -c idle_in_transaction_session_timeout=60000 -c temp_buffers=128MB"
)
EMBEDDED_DATABASE = "backoffice"
EMBEDDED_FOLDER = data_folder(BASE_DIR, env.str("BACKOFFICE_DATA_DIR", default=""), BACKOFFICE_ENV)
EMBEDDED_CONFIGURATION = configuration_for(BACKOFFICE_ENV)


def database() -> dict[str, Any]:
    if DATABASE_URL:
        chosen: dict[str, Any] = env.db_url("DATABASE_URL")
        options = {"options": SESSION_OPTIONS} | chosen.get("OPTIONS", {})
        if DATABASE_POOL_SIZE:
            # Who gives up soon begins anew with the next request; the pauses in between double.
            pauses = {"timeout": 10, "reconnect_timeout": 5}
            options["pool"] = {"min_size": 1, "max_size": DATABASE_POOL_SIZE, **pauses}
        # A pool keeps connections open by itself; Django may not do so as well.
        age = 0 if DATABASE_POOL_SIZE else 60
        return chosen | {"OPTIONS": options, "CONN_MAX_AGE": age, "CONN_HEALTH_CHECKS": True}
    if PRODUCTION:
        raise ImproperlyConfigured(
            "DATABASE_URL must be set: the embedded database is for demo and tests only."
        )
    return {
        "ENGINE": "backoffice.embedded",
        "NAME": EMBEDDED_DATABASE,
        "CONN_MAX_AGE": 60 if BACKOFFICE_ENV == "demo" else 0,
        "OPTIONS": {"options": SESSION_OPTIONS},
    }


DATABASES = {"default": database()}

# Shared between processes, or rate limits and the queue's statistics would be per process.
REDIS_URL: str = env.str("REDIS_URL", default="")
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}
    if REDIS_URL
    else {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "shared_cache",
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    }
}

# One task is fetched at a time: the clock of `retry` starts when a task is fetched, not begun.
Q_CLUSTER = {
    "name": "backoffice",
    "orm": "default",
    "workers": env.int("WORKERS", default=2),
    "queue_limit": 1,
    "bulk": 1,
    "timeout": 60,
    "retry": 300,
    "max_attempts": 5,
    "ack_failures": False,
    "catch_up": False,
    "save_limit": 0,
    "poll": 0.5,
    "log_level": "WARNING",
}

# --- People who sign in ---------------------------------------------------------------------------

AUTH_USER_MODEL = "domain.Staff"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "domain.staff.backends.NameOrEmailBackend",
]
LOGIN_URL = "admin:login"
LOGIN_REDIRECT_URL = "admin:index"
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
VALIDATION = "django.contrib.auth.password_validation"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"{VALIDATION}.UserAttributeSimilarityValidator"},
    {"NAME": f"{VALIDATION}.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": f"{VALIDATION}.CommonPasswordValidator"},
]
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=30)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_CLIENT_IP_CALLABLE = "backoffice.client_address.client_ip"
AXES_USERNAME_CALLABLE = "backoffice.client_address.lockout_name"
AXES_RESET_ON_SUCCESS = True
# Trying on does not prolong the lock, so the time that is told to people is true.
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_LOCKOUT_CALLABLE = "backoffice.signin.locked_out"
AXES_VERBOSE = False
AXES_ENABLE_ADMIN = False

CSRF_FAILURE_VIEW = "backoffice.errors.csrf_failed"
SESSION_COOKIE_AGE = 30 * 60
SESSION_SAVE_EVERY_REQUEST = True
SESSION_LONGEST_SECONDS = 12 * 60 * 60
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"

# --- The wire -------------------------------------------------------------------------------------

if PRODUCTION:
    SECURE_SSL_REDIRECT: bool = env.bool("SECURE_SSL_REDIRECT", default=True)
    # Probes of the machine that runs us come without TLS.
    SECURE_REDIRECT_EXEMPT = [r"^api/health/"]
    SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True
    SESSION_COOKIE_NAME = "__Host-session"
    CSRF_COOKIE_NAME = "__Host-csrf"
    if TRUSTED_PROXIES:
        SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
STATIC_URL = "/static/"
# The demo serves files where they lie and needs no collectstatic.
STATIC_ROOT: Path | None = BASE_DIR / "staticroot" if PRODUCTION else None
WHITENOISE_USE_FINDERS = not PRODUCTION
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if PRODUCTION
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
# Documents people hand in: no folder that anything serves from, and readable by us alone.
PRIVATE_ROOT: str = env.str("PRIVATE_ROOT", default=str(BASE_DIR / ".data" / "private"))
STORAGES["private"] = private_storage(PRIVATE_ROOT)  # noqa: F405
# Uploads are private: no MEDIA_URL, so nothing is ever served from this folder by address.
MEDIA_ROOT = env.str("MEDIA_ROOT", default=str(BASE_DIR / ".data" / "media"))

# --- Outside systems ------------------------------------------------------------------------------

STRIPE_LIVE: bool = env.bool("STRIPE_LIVE", default=PRODUCTION)
STRIPE_SECRET_KEY: str = needed("STRIPE_SECRET_KEY", "sk_test_standin")
STRIPE_PUBLISHABLE_KEY: str = needed("STRIPE_PUBLISHABLE_KEY", "pk_test_standin")
STRIPE_WEBHOOK_SECRET: str = needed("STRIPE_WEBHOOK_SECRET", "whsec_standin")
STRIPE_API_BASE: str = env.str(
    "STRIPE_API_BASE", default="" if PRODUCTION else "http://127.0.0.1:8001"
)
STRIPE_TIMEOUT_SECONDS: float = env.float("STRIPE_TIMEOUT_SECONDS", default=10.0)
# What Stripe tells us of the other mode (test or live) is never applied.
STRIPE_LIVEMODE: bool = STRIPE_SECRET_KEY.startswith(("sk_live_", "rk_live_"))
# Calls a minute from one address to the public API; 0 is no limit.
API_RATE_LIMITS: dict[str, int] = {
    "guest-booking": 3,
    "booking-status": 10,
    "create-intent": 10,
    "confirm": 10,
    # A page of vehicles asks for one picture each; browsers keep them for ever.
    "pictures": 1_000,
    "other": 100,
} | env.dict("API_RATE_LIMITS", cast={"value": int}, default={})
# Where a guest sees a booking; {number} and {token} are filled in.
GUEST_STATUS_URL: str = env.str(
    "GUEST_STATUS_URL",
    default=PUBLIC_URL + "/api/public/booking-status/{number}/?token={token}",
)

vars().update(env.email_url("EMAIL_URL", default="consolemail://"))
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL: str = env.str(
    "DEFAULT_FROM_EMAIL", default="Back Office <bookings@example.com>"
)
SERVER_EMAIL = DEFAULT_FROM_EMAIL

LOG_LEVEL: str = env.str("LOG_LEVEL", default="INFO")
LOGGING = logging_settings(style="json" if PRODUCTION else "plain", level=LOG_LEVEL)
