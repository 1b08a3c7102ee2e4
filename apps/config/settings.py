"""Settings, read from the environment once. The README lists every variable."""

from __future__ import annotations

import sys
from pathlib import Path

import environ
import pysqlite3
from django.core.exceptions import ImproperlyConfigured
from django.templatetags.static import static
from django.utils.translation import gettext_lazy as _

# Distributions ship SQLite releases with the WAL-reset bug (fixed in 3.51.3) that can
# corrupt a database with two writers: the wheel's own is used, before Django asks for one.
sys.modules["sqlite3"] = pysqlite3
sys.modules["sqlite3.dbapi2"] = pysqlite3.dbapi2

BASE_DIR = Path(__file__).resolve().parent.parent.parent
env = environ.Env()

#: All state lives below this folder.
HEADRACE_HOME = Path(env.str("HEADRACE_HOME", str(BASE_DIR / ".headrace"))).resolve()
#: Sockets live here, because their paths are limited to about 100 bytes.
#: `run` is a link to a short folder that the launcher made, so it is followed here.
HEADRACE_RUNTIME = Path(env.str("HEADRACE_RUNTIME", str(HEADRACE_HOME / "run"))).resolve()


def _keys(variable: str, file: str) -> list[str]:
    """Keys from the environment, else from a file below HEADRACE_HOME (one a line)."""
    given = env.list(variable, default=[])
    path = HEADRACE_HOME / file
    return given or (path.read_text().split() if path.exists() else [])


#: Seals secrets at rest; newest first (see apps/lib/sealed.py).
HEADRACE_SEAL_KEYS = _keys("HEADRACE_SEAL_KEYS", "seal.key")
#: Where they are read again when it changed; nothing when they come from the environment.
HEADRACE_SEAL_KEY_FILE = None if env.str("HEADRACE_SEAL_KEYS", "") else HEADRACE_HOME / "seal.key"
HEADRACE_SEAL_KEY_FILE_AT = (
    HEADRACE_SEAL_KEY_FILE.stat().st_mtime_ns
    if HEADRACE_SEAL_KEY_FILE and HEADRACE_SEAL_KEY_FILE.exists()
    else 0
)
SECRET_KEY, *SECRET_KEY_FALLBACKS = _keys("HEADRACE_SECRET_KEY", "secret.key") or ["not-initialised"]
DEBUG = env.bool("HEADRACE_DEBUG", False)
ALLOWED_HOSTS = env.list("HEADRACE_ALLOWED_HOSTS", default=["*"])
CSRF_TRUSTED_ORIGINS = env.list("HEADRACE_TRUSTED_ORIGINS", default=[])

INSTALLED_APPS = [
    "apps.config",
    "apps.gateways",
    "apps.alerts",
    "apps.flows",
    "apps.jobs",
    "apps.drawings",
    "apps.projects",
    "apps.lib",
    "unfold",
    # Without looking for the admin pages: `urls` does, and processes that serve no pages need not hold them.
    "django.contrib.admin.apps.SimpleAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "axes",
    "django_ace",
    "django_htmx",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "lucide",
    "rest_framework",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "servestatic.middleware.ServeStaticMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "apps.projects.middleware.PreferencesMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "apps.lib.pages.DomainErrorMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "apps.config.urls"
ASGI_APPLICATION = "apps.config.asgi.application"
APPEND_SLASH = True

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
                "csp.context_processors.nonce",
            ],
            "builtins": ["lucide.templatetags.lucide"],
        },
    }
]

# --- database: SQLite in one file by default, PostgreSQL by DATABASE_URL

DATABASES = {"default": env.db("DATABASE_URL", default=f"sqlite:///{HEADRACE_HOME}/headrace.sqlite3")}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["OPTIONS"] = {
        # A write transaction takes its lock at once: two of them wait for each other instead of failing.
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA mmap_size=0;"
        " PRAGMA foreign_keys=ON; PRAGMA cache_size=-16000;",
    }
else:
    # Requests and streams come and go in threads of their own: a connection that one of them kept
    # would never be used again. The pool opens when a process first asks, so after any fork.
    DATABASES["default"].setdefault("OPTIONS", {})["pool"] = {"min_size": 1, "max_size": 20, "timeout": 10}
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True

# --- broker: Redis protocol

REDIS_URL = env.str("REDIS_URL", f"unix://{HEADRACE_RUNTIME}/broker.sock")
CELERY_BROKER_URL = REDIS_URL.replace("unix://", "redis+socket://", 1)
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_DEFAULT_QUEUE = "headrace"
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
# Whoever nudges while the broker is away must not wait for it: the reconciler finds the work.
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "socket_connect_timeout": 2,
    "socket_timeout": 2,  # a worker asks for a second at a time
    "max_retries": 1,
    "interval_start": 0,
    "interval_step": 0,
    "interval_max": 0,
}
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_SEND_TASK_EVENTS = False
CELERY_TIMEZONE = "UTC"

# Sessions and login limits live in the database: the broker may be flushed at any moment.
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}

# --- who

AUTH_USER_MODEL = "projects.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "projects:sign_in"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "projects:sign_in"
AXES_FAILURE_LIMIT = 10
AXES_COOLOFF_TIME = 0.1  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_VERBOSE = False
AXES_ENABLE_ADMIN = False  # apps/config/admin.py shows them
AXES_LOCKOUT_TEMPLATE = "projects/locked_out.html"

# --- browser safety

SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = env.bool("HEADRACE_HTTPS", False)
if SESSION_COOKIE_SECURE:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
CONTENT_SECURITY_POLICY = {
    "EXCLUDE_URL_PREFIXES": ["/admin/"],
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "script-src": ["'self'"],
        # Positions and sizes that the canvas and the code editor set are styles.
        "style-src": ["'self'", "'unsafe-inline'"],
        "img-src": ["'self'", "data:", "blob:"],
        "worker-src": ["'self'", "blob:"],
        "frame-ancestors": ["'none'"],
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
        "object-src": ["'none'"],
    },
}
#: A drawing of 10,000 nodes is about 4 MB; nothing that is sent to us needs more than this.
DATA_UPLOAD_MAX_MEMORY_SIZE = env.int("HEADRACE_MAX_BODY_BYTES", 8 * 1024 * 1024)
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000
#: What one access key may ask in a second, taken over ten; 0 is no limit.
HEADRACE_CALLS_PER_SECOND = env.int("HEADRACE_CALLS_PER_SECOND", 200)

# --- words and times

#: The language of what is said to nobody in particular: alerts, pages before signing in.
LANGUAGE_CODE = env.str("HEADRACE_LANGUAGE", "en")
LANGUAGES = [("en", "English"), ("zh-hans", "简体中文"), ("ko", "한국어")]
LOCALE_PATHS = [BASE_DIR / "apps" / "config" / "locale"]
TIME_ZONE = env.str("HEADRACE_TIME_ZONE", "UTC")
USE_I18N = USE_TZ = True

# --- files

STATIC_URL = "/static/"
STATIC_ROOT = HEADRACE_HOME / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}

# --- REST

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "apps.gateways.rest.auth.AccessKeyAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "apps.gateways.rest.errors.exception_handler",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Headrace",
    "DESCRIPTION": "Projects, jobs, flows and runs of Headrace.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/headrace/v1",
    "COMPONENT_SPLIT_REQUEST": True,
    # The documentation page is served from here, not from a content network.
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
}

#: The hue of the product's accent, as the admin theme wants it.
_WATER = {
    "50": "oklch(97% .015 225)",
    "100": "oklch(94% .03 225)",
    "200": "oklch(88% .06 226)",
    "300": "oklch(80% .09 227)",
    "400": "oklch(72% .11 228)",
    "500": "oklch(60% .11 229)",
    "600": "oklch(50% .105 230)",
    "700": "oklch(44% .09 231)",
    "800": "oklch(37% .075 232)",
    "900": "oklch(31% .06 233)",
    "950": "oklch(23% .045 234)",
}
UNFOLD = {
    "SITE_TITLE": "Headrace",
    "SITE_HEADER": "Headrace",
    "SITE_SUBHEADER": _("Admin"),
    "SITE_ICON": lambda request: static("img/mark.svg"),
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "href": lambda request: static("img/mark.svg")}
    ],
    "SITE_URL": "/",
    "SHOW_BACK_BUTTON": True,
    "COLORS": {"primary": _WATER},
    "COMMAND": {"search_models": False},
    "SIDEBAR": {"show_search": True, "show_all_applications": False},
}

# --- this installation

#: Where people reach this installation: what links in alerts begin with.
HEADRACE_URL = env.str("HEADRACE_URL", "")
#: How many attempts this host runs at once; 0 chooses by its cores.
HEADRACE_SLOTS = env.int("HEADRACE_SLOTS", 0)
#: The cluster this host's worker serves, and the name it registers itself under.
HEADRACE_CLUSTER = env.str("HEADRACE_CLUSTER", "local")
HEADRACE_HOST = env.str("HEADRACE_HOST", "")
#: What it is in its cluster, and the address that it is shown with; without one it finds its own.
HEADRACE_ROLE = env.str("HEADRACE_ROLE", "master")
if HEADRACE_ROLE not in {"master", "worker", "gateway"}:
    raise ImproperlyConfigured(f"HEADRACE_ROLE is {HEADRACE_ROLE!r}: choose master, worker or gateway.")
HEADRACE_ADDRESS = env.str("HEADRACE_ADDRESS", "")
#: Where objects (s3://, oss://) lie: what apps/jobs/storage.py and the processes of jobs are told.
HEADRACE_OBJECTS = {"HEADRACE_OBJECTS_FOLDER": str(HEADRACE_HOME / "objects")} | {
    name: value for name, value in env.ENVIRON.items() if name.startswith("HEADRACE_OBJECTS_") and value
}
#: Folders of this host below which resources of jobs may be taken from (file://).
HEADRACE_FILE_ROOTS = env.list("HEADRACE_FILE_ROOTS", default=[])
#: How much a host keeps of fetched resources, and how much may be uploaded at once.
HEADRACE_CACHE_BYTES = env.int("HEADRACE_CACHE_BYTES", 10 * 1024**3)
HEADRACE_MAX_UPLOAD_BYTES = env.int("HEADRACE_MAX_UPLOAD_BYTES", 2 * 1024**3)
#: Whether other processes of the same user may trace the services (debuggers, profilers); jobs are some.
HEADRACE_TRACEABLE = env.bool("HEADRACE_TRACEABLE", False)
#: What is kept of the log of one attempt: the first and the last half of so many bytes; 0 keeps all.
HEADRACE_LOG_BYTES = env.int("HEADRACE_LOG_BYTES", 1024**3)
#: From this size on a log is compressed while it is written; 0 compresses none.
HEADRACE_LOG_COMPRESS_BYTES = env.int("HEADRACE_LOG_COMPRESS_BYTES", 32 * 1024**2)
#: Seconds between asking a job to end and ending it.
HEADRACE_KILL_GRACE = env.float("HEADRACE_KILL_GRACE", 10.0)
#: Seconds that jobs on a cluster may take to end once they were told to.
HEADRACE_CLUSTER_KILL_GRACE = env.float("HEADRACE_CLUSTER_KILL_GRACE", 30.0)
#: Seconds after which a host that is not heard of is silent, and after which its attempts are given up.
HEADRACE_SILENT_AFTER = env.float("HEADRACE_SILENT_AFTER", 20.0)
HEADRACE_LOST_AFTER = env.float("HEADRACE_LOST_AFTER", 60.0)
#: What is kept for a time (see apps/projects/retention.py).
HEADRACE_KEPT = [
    "apps.flows.retention.RUNS",
    "apps.flows.retention.LOGS",
    "apps.alerts.retention.DELIVERIES",
    "apps.projects.retention.AUDIT",
]
#: For how many days things are kept where a project does not say otherwise; 0 is for ever.
HEADRACE_KEEP_DAYS = {
    name: env.int(f"HEADRACE_KEEP_{name.upper()}_DAYS", days)
    for name, days in {
        "runs": 365,
        "logs": 90,
        "deliveries": 180,
        "audit": 0,
        "operations": 30,
        "recoveries": 90,
    }.items()
}
#: Addresses that outgoing calls may reach although they are private (networks, comma separated).
HEADRACE_OUTBOUND_ALLOW = env.list("HEADRACE_OUTBOUND_ALLOW", default=[])
#: Folders in which SQL jobs may open databases of SQLite; paths are relative to the first.
HEADRACE_SQLITE_FOLDERS = env.list("HEADRACE_SQLITE_FOLDERS", default=[str(HEADRACE_HOME / "databases")])
EMAIL_CONFIG = env.email_url("HEADRACE_EMAIL_URL", default="smtp://localhost:25")
vars().update(EMAIL_CONFIG)
DEFAULT_FROM_EMAIL = env.str("HEADRACE_EMAIL_FROM", "headrace@localhost")
EMAIL_TIMEOUT = 15

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["console"], "level": env.str("HEADRACE_LOG_LEVEL", "INFO")},
    "loggers": {"httpx": {"level": "WARNING"}, "axes": {"level": "WARNING"}},
}
