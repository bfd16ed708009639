"""One settings file; everything that differs between machines comes from the environment.

`BREAKWATER_ENV` is `demo`, `test` or `production`. Production refuses a missing secret key, a shifted
clock and a file mailbox; the other two run on a bare machine.
"""

from pathlib import Path

import environ
import structlog
from django.core.exceptions import ImproperlyConfigured

from governance import logs

ROOT = Path(__file__).resolve().parent.parent
env = environ.Env()

BREAKWATER_ENV: str = env.str("BREAKWATER_ENV", default="demo")
if BREAKWATER_ENV not in ("demo", "test", "production"):
    raise ImproperlyConfigured(f"BREAKWATER_ENV is {BREAKWATER_ENV!r}; say demo, test or production.")
PRODUCTION = BREAKWATER_ENV == "production"
DEBUG = False
SECRET_KEY: str = env.str("SECRET_KEY") if PRODUCTION else env.str("SECRET_KEY", default="for-this-machine-only" * 3)
SECRET_KEY_FALLBACKS: list[str] = env.list("SECRET_KEY_FALLBACKS", default=[])
ALLOWED_HOSTS: list[str] = env.list("ALLOWED_HOSTS", default=[] if PRODUCTION else ["localhost", "127.0.0.1", "[::1]"])
VAR = Path(env.str("BREAKWATER_VAR", default=str(ROOT / "var")))
PORTAL_URL: str = env.str("PORTAL_URL", default=f"http://127.0.0.1:{env.int('PORT', default=8000)}")
VERSION = "0.1.0"

INSTALLED_APPS = [
    "governance",
    "approvals",
    "rfcs",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.staticfiles",
    "pgtrigger",
    "rest_framework",
    "knox",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "crispy_forms",
    "crispy_bootstrap5",
    "csp",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",  # for the table of identities alone: its providers and pages are not loaded
    "allauth.usersessions",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "governance.headers.PermissionsMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",  # below those whose headers static files carry too
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "governance.accounts.sessions.SeenMiddleware",
    "governance.accounts.required.SecondFactorMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_structlog.middlewares.RequestMiddleware",
    "governance.bodies.BodyMiddleware",
    "governance.pages.refusals.RefusalMiddleware",
]

ROOT_URLCONF = "governance.urls"
WSGI_APPLICATION = "governance.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [ROOT / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "builtins": ["governance.pages.tags"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "governance.pages.context.shell",
            ],
        },
    }
]

# The truth ----------------------------------------------------------------------------------------------

DATABASES = {"default": env.db("DATABASE_URL", default="postgresql:///breakwater")}
DATABASES["default"] |= {"CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}
CLOCK_SHIFT: str = env.str("BREAKWATER_CLOCK_SHIFT", default="")
"""A PostgreSQL interval by which tests and the demo shift the clock; production refuses it (rfcs/checks.py)."""
_planner = {"random_page_cost": "1.1", "jit": "off", "pg_trgm.similarity_threshold": "0.2"}
"""Pages of a few rows by index, from a disk without a moving head: never worth a compiler or a table read whole.
Short words have few trigrams: “cahce” shares two of its six with “cache”."""
if CLOCK_SHIFT and not PRODUCTION:
    _planner["breakwater.clock_shift"] = CLOCK_SHIFT.replace(" ", "_")
_options = DATABASES["default"].setdefault("OPTIONS", {})
_named = " ".join(f"-c {name}={value}" for name, value in _planner.items())
_options["prepare_threshold"] = 5 if env.bool("BREAKWATER_PREPARE", default=True) else None
"""After how many times the server keeps the plan of a compiled read (rfcs/compiled.py)."""
_options["options"] = f"{_named} {_options.get('options', '')}".strip()
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "governance_cache",
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    }
}
"""What limits count attempts in: shared by all processes, and there after a restart of any of them and of Redis."""

# The doorbell -------------------------------------------------------------------------------------------

REDIS_URL: str = env.str("REDIS_URL", default="redis://127.0.0.1:6379/0")
CELERY_BROKER_URL = REDIS_URL
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_IGNORE_RESULT = True
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 300, "unacked_restore_throttle": 1}
SWEEP_SECONDS: float = env.float("BREAKWATER_SWEEP_SECONDS", default=60.0 if PRODUCTION else 10.0)
OUTBOX_SECONDS: float = env.float("BREAKWATER_OUTBOX_SECONDS", default=2.0)
RING_SECONDS = 1_800.0
"""A ring is not kept for ever. Beat's clock and the worker's are compared, so they may differ by as much."""
CELERY_BEAT_SCHEDULE = {
    "reminders": {"task": "approvals.tasks.sweep", "schedule": SWEEP_SECONDS},
    "outbox": {"task": "rfcs.tasks.deliver", "schedule": OUTBOX_SECONDS},
    "webhooks": {"task": "rfcs.tasks.call_webhooks", "schedule": OUTBOX_SECONDS},
    "attachments": {"task": "rfcs.tasks.clear_attachments", "schedule": 3600.0},
    "answers": {"task": "governance.tasks.forget_answers", "schedule": 3600.0},
    "exports": {"task": "governance.tasks.make_exports", "schedule": SWEEP_SECONDS},
    "acknowledgements": {"task": "rfcs.tasks.lapse", "schedule": SWEEP_SECONDS},
    "embargoes": {"task": "rfcs.tasks.lift_embargoes", "schedule": SWEEP_SECONDS},
    "words": {"task": "rfcs.tasks.read_words", "schedule": SWEEP_SECONDS},
}
for _entry in CELERY_BEAT_SCHEDULE.values():
    _entry["options"] = {"expires": max(_entry["schedule"], RING_SECONDS)}  # type: ignore[call-overload]
CELERY_BEAT_SCHEDULER = "governance.ringing:Scheduler"
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR / "celerybeat-schedule")

# People -------------------------------------------------------------------------------------------------

LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "queue"
LOGOUT_REDIRECT_URL = "login"
AUTHENTICATION_BACKENDS = ["governance.accounts.backend.Backend"]
ACCOUNT_ADAPTER = "governance.accounts.adapters.Accounts"
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = "[Breakwater] "
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_FORMS = {
    "login": "governance.accounts.forms.LoginForm",
    "change_password": "governance.accounts.forms.ChangePasswordForm",
    "set_password": "governance.accounts.forms.SetPasswordForm",
    "reset_password": "governance.accounts.forms.ResetPasswordForm",
    "reset_password_from_key": "governance.accounts.forms.ResetPasswordKeyForm",
}
MFA_ADAPTER = "governance.accounts.adapters.Factors"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes", "webauthn"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_ALLOW_UNVERIFIED_EMAIL = True
MFA_TOTP_ISSUER = "Breakwater"
MFA_RATE_LIMITS = {"webauthn_login": "60/m/ip"}
"""A login takes two calls, and an office has one address. Of a passkey nothing can be guessed."""
OIDC_ISSUER: str = env.str("OIDC_ISSUER", default="")
OIDC_CLIENT_ID: str = env.str("OIDC_CLIENT_ID", default="")
OIDC_CLIENT_SECRET: str = env.str("OIDC_CLIENT_SECRET", default="")
OIDC_NAME: str = env.str("OIDC_NAME", default="single sign-on")
"""The provider of single sign-on; without an issuer there is none, and nothing of it answers."""
SECOND_FACTOR_TEAMS: list[str] = env.list("SECOND_FACTOR_TEAMS", default=[])
"""Slugs of teams whose members need a second factor before any page but those that set one up."""
ALLAUTH_TRUSTED_PROXY_COUNT: int = env.int("TRUSTED_PROXY_COUNT", default=1 if PRODUCTION else 0)
"""Proxies of ours in front of the web process: whose X-Forwarded-For names the address that limits count by."""
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
if BREAKWATER_ENV == "test":
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
KNOX_TOKEN_MODEL = "governance.AccessToken"  # noqa: S105 - a model's name
REST_KNOX = {"TOKEN_MODEL": KNOX_TOKEN_MODEL, "AUTH_HEADER_PREFIX": "Token", "TOKEN_LIMIT_PER_USER": None}

# The API ------------------------------------------------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["governance.api.auth.ScopedTokens"],
    "DEFAULT_PERMISSION_CLASSES": ["governance.api.auth.HasScope"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "governance.api.errors.answer",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Breakwater",
    "DESCRIPTION": "The exception process for breaking changes: the same verbs and sentences as the pages.",
    "VERSION": VERSION,
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_NAME_OVERRIDES": {
        "ItemStateEnum": "governance.api.checklist_shapes.ITEM_STATES",
        "StateEnum": "rfcs.states.State",
        "ObligationKindEnum": "rfcs.states.ObligationKind",
        "RoundKindEnum": "approvals.positions.RoundKind",
        "AcknowledgedEnum": "rfcs.states.Acknowledged",
    },
}

# Exports ------------------------------------------------------------------------------------------------

SIGNING_KEY: str = env.str("SIGNING_KEY", default="")
"""The Ed25519 key that signs bundles, as `manage.py signing_key` prints it; production signs nothing without it."""
SIGNING_KEYS_PAST: list[str] = env.list("SIGNING_KEYS_PAST", default=[])
"""Public halves of earlier keys, which stay published."""

# Pages --------------------------------------------------------------------------------------------------

STATIC_URL = "/static/"
STATICFILES_DIRS = [ROOT / "static"]
STATIC_ROOT = Path(env.str("STATIC_ROOT", default=str(VAR / "static")))
STATIC_STORAGES = {
    "test": "django.contrib.staticfiles.storage.StaticFilesStorage",
    # Compressing takes most of a minute of CPU, once; over the loopback it buys nothing.
    "demo": "django.contrib.staticfiles.storage.ManifestStaticFilesStorage",
    "production": "whitenoise.storage.CompressedManifestStaticFilesStorage",
}
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": STATIC_STORAGES[BREAKWATER_ENV]},
}
WHITENOISE_USE_FINDERS = BREAKWATER_ENV == "test"
CRISPY_ALLOWED_TEMPLATE_PACKS = "bootstrap5"
CRISPY_TEMPLATE_PACK = "bootstrap5"
LANGUAGE_CODE = "en"
USE_I18N = True
USE_TZ = True
TIME_ZONE: str = env.str("TIME_ZONE", default="UTC")
ATTACHMENTS_ROOT = Path(env.str("ATTACHMENTS_ROOT", default=str(VAR / "attachments")))
ATTACHMENT_MEGABYTES: int = env.int("ATTACHMENT_MEGABYTES", default=20)
ATTACHMENTS_MEGABYTES: int = env.int("ATTACHMENTS_MEGABYTES", default=100)
"""The most for one file, and for all files of one RFC."""
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 10_000

# Guards of the edge -------------------------------------------------------------------------------------

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
        "base-uri": ["'none'"],
        "manifest-src": ["'self'"],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SESSION_ENGINE = "governance.accounts.store"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "governance.pages.errors.csrf_failure"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
MESSAGE_TAGS = {10: "info", 40: "danger"}
"""Django's debug and error, in the words of the notices."""
if PRODUCTION:
    CSRF_TRUSTED_ORIGINS = [PORTAL_URL]
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = True
    SECURE_HSTS_SECONDS = 31_536_000
    SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = True
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

# Mail and logs ------------------------------------------------------------------------------------------

DEFAULT_FROM_EMAIL: str = env.str("DEFAULT_FROM_EMAIL", default="Breakwater <breakwater@localhost>")
if "EMAIL_URL" in env:
    globals().update(env.email_url("EMAIL_URL"))
else:
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    EMAIL_FILE_PATH = str(VAR / "mail")
EMAIL_TIMEOUT = 10
WEBHOOK_PRIVATE_HOSTS: list[str] = env.list("WEBHOOK_PRIVATE_HOSTS", default=[])
"""Hosts inside (`chat.intranet`, `10.0.0.5:8065`) that webhooks may reach all the same, also by plain http."""
LOG_LEVEL: str = env.str("LOG_LEVEL", default="INFO" if PRODUCTION else "WARNING")
structlog.configure(
    processors=[
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.filter_by_level,
        *logs.TOLD,
        structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
    ],
    logger_factory=structlog.stdlib.LoggerFactory(),
    cache_logger_on_first_use=True,
)
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"lines": logs.formatter(production=PRODUCTION)},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "lines"}},
    "root": {"handlers": ["console"], "level": LOG_LEVEL},
}
