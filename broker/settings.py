"""The composition root: every setting comes from the environment; `.env.example` explains each."""

from datetime import timedelta
from pathlib import Path

import environ
from django.utils.csp import CSP

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()
environ.Env.read_env(BASE_DIR / ".env", overwrite=False)

DATA_DIR = Path(env.str("BROKER_DATA_DIR", default=str(BASE_DIR / "var" / "demo")))
SECRET_KEY = env.str("SECRET_KEY")
DEBUG = False
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1"])
PUBLIC_URL = env.str("PUBLIC_URL", default="http://127.0.0.1:8000").rstrip("/")
HTTPS = PUBLIC_URL.startswith("https://")
BEHIND_PROXY = env.bool("BEHIND_PROXY", default=False)

OPERATOR_NAME = env.str("OPERATOR_NAME", default="The data access desk")
OPERATOR_ADDRESS = env.str("OPERATOR_ADDRESS", default="")
OPERATOR_PHONE = env.str("OPERATOR_PHONE", default="")
OPERATOR_EMAIL = env.str("OPERATOR_EMAIL", default="desk@localhost")

INSTALLED_APPS = [
    "broker.db",
    "broker.vault",
    "broker.jobs",
    "broker.limits",
    "broker.audit",
    "broker.approvals",
    "broker.publishing",
    "broker.notices",
    "broker.parties",
    "broker.parties.signin",
    "broker.inlets",
    "broker.duties",
    "broker.channels",
    "broker.importers",
    "consents",
    "consents.ceremony",
    "consents.identity",
    "consents.joint",
    "consents.visits",
    "consents.preferring",
    "consents.checking",
    "consents.asking",
    "requests_app",
    "requests_app.clocks",
    "requests_app.fees",
    "requests_app.inbound",
    "requests_app.desk",
    "requests_app.completeness",
    "requests_app.one_value",
    "requests_app.differences",
    "requests_app.upload",
    "requests_app.brought",
    "requests_app.ladder",
    "requests_app.desk_work",
    "requests_app.api",
    "requests_app.hooks",
    "requests_app.recipients",
    "requests_app.nectar",
    "consents.paper",
    "consents.stopping",  # after requests_app: it lists what that stopped when a consent ended
    "broker.operating",
    "broker.console",
    "broker.console.holds",
    "broker.console.packs",
    "broker.console.incidents",
    "broker.console.rights",
    "broker.console.waits",
    "broker.console.outside",
    "broker.demo",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "rest_framework",
    "django_q",
    "axes",
]
MIDDLEWARE = [
    "broker.inlets.journal.RequestIdMiddleware",
    "broker.inlets.secure.SecureMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "broker.inlets.language.LanguageMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "broker.parties.signin.guard.SignInMiddleware",
    "consents.visits.guard.VisitMiddleware",
    # After the sign-in, so that an incident names who sent it; the CSRF check itself runs later, before the view.
    "broker.inlets.middleware.GateMiddleware",
    "broker.duties.guard.BarMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "axes.middleware.AxesMiddleware",
]
ROOT_URLCONF = "broker.urls"
WSGI_APPLICATION = "broker.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "builtins": ["broker.notices.templatetags.promises"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.csp",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "broker.notices.context.site",
                "broker.inlets.language.page",
            ],
        },
    }
]

# --- data -----------------------------------------------------------------
DATABASES = {"default": env.db("DATABASE_URL", default=f"sqlite:///{DATA_DIR / 'broker.sqlite3'}")}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    DATABASES["default"]["ENGINE"] = "broker.db.sqlite3"
    DATABASES["default"]["OPTIONS"] = {"timeout": 20}
else:
    # The log's own statement keeps its plan; Django's cursors are not prepared. Not through a pooler of transactions.
    DATABASES["default"].setdefault("OPTIONS", {})["prepare_threshold"] = 5
    # Nobody waits for a machine that does not answer: three seconds to connect, ten for what was sent (milliseconds).
    DATABASES["default"]["OPTIONS"].setdefault("connect_timeout", 3)
    DATABASES["default"]["OPTIONS"].setdefault("tcp_user_timeout", 10_000)
    # Our statements are short: to compile one costs a hundred times what it takes (an officer's page: 63 of 64 ms).
    DATABASES["default"]["OPTIONS"].setdefault("options", "-c jit=off")
DATABASES["default"]["ATOMIC_REQUESTS"] = False
DATABASES["default"]["CONN_MAX_AGE"] = None
MIGRATE_DATABASE_URL = env.str("MIGRATE_DATABASE_URL", default="")
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "parties.User"

# How long what is kept; counsel confirms the figures (broker/console/holds/times.py).
RETENTION_EVIDENCE_YEARS = env.int("RETENTION_EVIDENCE_YEARS", default=7)
# Signs of abuse, and objections that pause by themselves: above these a person looks first.
ABUSE_ACCOUNTS_PER_MAILBOX = env.int("ABUSE_ACCOUNTS_PER_MAILBOX", default=3)
ABUSE_GRANTS_PER_RECIPIENT = env.int("ABUSE_GRANTS_PER_RECIPIENT", default=100)
ABUSE_GRANTS_PER_PLACE = env.int("ABUSE_GRANTS_PER_PLACE", default=3)
ABUSE_ACCOUNTS_PER_HELPER = env.int("ABUSE_ACCOUNTS_PER_HELPER", default=5)
OBJECTIONS_PER_DAY = env.int("OBJECTIONS_PER_DAY", default=3)
OBJECTIONS_DISMISSED = env.int("OBJECTIONS_DISMISSED", default=2)
REQUEST_GATHER_MINUTES = env.int("REQUEST_GATHER_MINUTES", default=10)
OBJECTION_AGAIN_DAYS = env.int("OBJECTION_AGAIN_DAYS", default=90)
# What one person alone may accept as a utility's fee, in US dollars (requests_app/fees/limits.py).
FEE_LIMITS = env.dict("FEE_LIMITS", default={"*": "25.00"})
RETENTION_CASE_MONTHS = env.int("RETENTION_CASE_MONTHS", default=24)
# Every so many days each role and key is put before somebody else, who has so many business days (console/rights).
ACCESS_REVIEW_EVERY_DAYS = env.int("ACCESS_REVIEW_EVERY_DAYS", default=90)
ACCESS_REVIEW_BUSINESS_DAYS = env.int("ACCESS_REVIEW_BUSINESS_DAYS", default=10)
RETENTION_DAYS_AFTER_END = env.int("RETENTION_DAYS_AFTER_END", default=30)

# A file of secrets outside the database and its backup; readable by its owner alone.
KEY_FILE = Path(env.str("BROKER_KEY_FILE", default=str(DATA_DIR / "keys" / "broker.keys")))
LOG_ORIGIN = env.str("LOG_ORIGIN", default="broker.localhost/audit/main")
SIGNER_SOCKET = Path(env.str("SIGNER_SOCKET", default=str(DATA_DIR / "run" / "signer.sock")))
SIGNER_DIR = Path(env.str("SIGNER_DIR", default=str(DATA_DIR / "signer")))  # signing key and lock file
SEAL_KEY_FILE = Path(env.str("SEAL_KEY_FILE", default=str(DATA_DIR / "keys" / "seal.key.pem")))
SEAL_CERT_FILE = Path(env.str("SEAL_CERT_FILE", default=str(DATA_DIR / "keys" / "seal.cert.pem")))
SEAL_ROOT_FILE = Path(env.str("SEAL_ROOT_FILE", default=str(DATA_DIR / "keys" / "seal.root.pem")))

STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "sealed": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": env.str("SEALED_FILES_DIR", default=str(DATA_DIR / "files"))},
    },
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
# Sealed files on S3 instead of in a folder: the bytes are sealed before they leave this process.
if SEALED_FILES_S3 := env.str("SEALED_FILES_S3", default=""):
    STORAGES["sealed"] = {
        "BACKEND": "broker.transport.object_store.SealedObjects",
        "OPTIONS": {
            "bucket_name": SEALED_FILES_S3,
            "endpoint_url": env.str("S3_ENDPOINT"),
            "region_name": env.str("S3_REGION", default="us-east-1"),
            "access_key": env.str("S3_ACCESS_KEY"),
            "secret_key_file": env.str("S3_SECRET_KEY_FILE"),
        },
    }
STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "var" / "static"
STATICFILES_DIRS = [BASE_DIR / "var" / "uswds", BASE_DIR / "broker" / "static"]
FILE_UPLOAD_HANDLERS = ["broker.inlets.uploads.MemoryOnlyUploadHandler"]
MAX_UPLOAD_BYTES = 25 * 1024 * 1024
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
# The longest form of ours, of sixty accounts without a label on their bills, has 245 fields. How many files a page
# takes, most of them none, says broker/inlets/brought.py.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 400
DATA_UPLOAD_MAX_NUMBER_FILES = 100

# --- counterparties and egress ---------------------------------------------
ALLOWED_EGRESS = env.list("ALLOWED_EGRESS", default=[])  # "host:port"; nothing else is ever opened
WEBHOOK_EGRESS = env.list("WEBHOOK_EGRESS", default=[])  # "host:port" of receivers inside; strangers choose among them
SMTP_HOST = env.str("SMTP_HOST", default="127.0.0.1")
SMTP_PORT = env.int("SMTP_PORT", default=25)
HOME_UTILITY = env.str("HOME_UTILITY", default="obec")  # id of the profile of which this installation's customers are
UTILITY_MAIL_SERVER = env.str(
    "UTILITY_MAIL_SERVER", default=""
)  # host:port of the utility's own server, if mail may go there directly
REHEARSAL_COOP_URL = env.str(
    "REHEARSAL_COOP_URL", default=""
)  # of a rehearsal alone: where its played co-op takes orders
SMTP_STARTTLS = env.bool("SMTP_STARTTLS", default=False)
MAIL_FROM = env.str("MAIL_FROM", default="desk@localhost")
MAIL_DOMAIN = MAIL_FROM.rpartition("@")[2]
DNS_RESOLVER = env.str("DNS_RESOLVER", default="")  # host:port that the doctor asks about our sending domain
DKIM_SELECTORS = env.list("DKIM_SELECTORS", default=["mail"])
LMTP_HOST = env.str("LMTP_HOST", default="127.0.0.1")
LMTP_PORT = env.int("LMTP_PORT", default=8024)
MAIL_AUTHSERV_ID = env.str("MAIL_AUTHSERV_ID", default="")
IMAP_SERVER = env.str("IMAP_SERVER", default="")  # host:port of a mailbox to fetch answers from; empty: none
IMAP_USER = env.str("IMAP_USER", default="")
IMAP_PASSWORD_FILE = env.str("IMAP_PASSWORD_FILE", default="")
IMAP_FOLDER = env.str("IMAP_FOLDER", default="INBOX")
IMAP_TLS = env.bool("IMAP_TLS", default=True)
# The Unix socket of a virus scanner (clamd) for files in mail; without one nothing is scanned, and pages say so.
CLAMD_SOCKET = env.str("CLAMD_SOCKET", default="")
TIMESTAMP_URLS = env.list("TIMESTAMP_URLS", default=[])
TIMESTAMP_ROOT_FILE = env.str("TIMESTAMP_ROOT_FILE", default="")
# Who holds our checkpoints besides us: witnesses (a C2SP tlog-policy file), and a mailbox with its own mail server.
LOG_WITNESSES = env.str("LOG_WITNESSES", default="")
LOG_MAIL_TO = env.str("LOG_MAIL_TO", default="")
LOG_MAIL_SERVER = env.str("LOG_MAIL_SERVER", default="")
NECTAR_URL = env.str("NECTAR_URL", default="https://external.nectarclimate.com/v2.2")
NECTAR_API_KEY = env.str("NECTAR_API_KEY", default="")
# What the vendor does not document, or leaves to us (docs/nectar.md).
NECTAR_PATHS = env.json("NECTAR_PATHS", default={})
NECTAR_AT_ONCE = env.int("NECTAR_AT_ONCE", default=10)
NECTAR_TIMEOUT_SECONDS = env.int("NECTAR_TIMEOUT_SECONDS", default=10)
NECTAR_JOB_HOURS = env.int("NECTAR_JOB_HOURS", default=72)
NECTAR_WEBHOOK_SECRETS = env.list("NECTAR_WEBHOOK_SECRETS", default=[])
NECTAR_WEBHOOKS_A_MINUTE = env.int("NECTAR_WEBHOOKS_A_MINUTE", default=600)

# --- people ------------------------------------------------------------------
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
    *env.list("EXTRA_AUTHENTICATION_BACKENDS", default=[]),
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 15}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "after-login"
LOGOUT_REDIRECT_URL = "home"
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
# By the name alone, anybody could lock anybody out; the limit of a name over all addresses is in `parties.login.tries`.
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_CLIENT_IP_CALLABLE = "broker.parties.login.tries.address_for_lock_out"
AXES_ENABLE_ADMIN = False
# Names of strangers are kept as a keyed hash, and tries during the lock do not prolong it.
AXES_USERNAME_CALLABLE = "broker.parties.login.tries.name_for_lock_out"
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_LOCKOUT_TEMPLATE = "parties/locked.html"
AXES_VERBOSE = False
AXES_DISABLE_ACCESS_LOG = True

# --- browser -------------------------------------------------------------------
SESSION_ENGINE = "broker.db.sessions"
SESSION_COOKIE_AGE = 12 * 3600
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = LANGUAGE_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = LANGUAGE_COOKIE_SAMESITE = "Lax"
KNOWN_BROWSER_COOKIE_NAME = "browser"  # of our own people and recipients', once they signed in
if HTTPS:
    KNOWN_BROWSER_COOKIE_NAME = "__Host-browser"
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
    SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "__Host-session", "__Host-csrf"
    LANGUAGE_COOKIE_SECURE, LANGUAGE_COOKIE_NAME = True, "__Host-language"
    SECURE_HSTS_SECONDS = 365 * 86400
    SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = True
    SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=True)
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_PROXY else None
CSRF_FAILURE_VIEW = "broker.inlets.views.csrf_failure"
# Not "no-referrer": browsers then send "Origin: null" with every form, and the CSRF check must refuse it.
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SECURE_CSP = {
    "default-src": [CSP.NONE],
    "script-src": [CSP.SELF, CSP.NONCE],
    "style-src": [CSP.SELF],
    "img-src": [CSP.SELF, "data:"],
    "font-src": [CSP.SELF],
    "connect-src": [CSP.SELF],
    "form-action": [CSP.SELF],
    "frame-ancestors": [CSP.NONE],
    "base-uri": [CSP.NONE],
    "object-src": [CSP.NONE],
}

# --- language and time ----------------------------------------------------------
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("es", "Español")]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = USE_TZ = True
TIME_ZONE = "UTC"
DISPLAY_ZONE = "America/Chicago"

# --- API --------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["broker.parties.api_auth.ApiKeyAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["broker.parties.api_auth.IsApplication"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "requests_app.api.schema.Described",
    "EXCEPTION_HANDLER": "requests_app.problem_answers.problem_handler",
    "UNAUTHENTICATED_USER": None,
    "URL_FORMAT_OVERRIDE": None,  # the Accept header says it, or the address
}
SPECTACULAR_SETTINGS = {
    "OAS_VERSION": "3.1.0",
    "TITLE": "Utility data broker",
    "VERSION": "1.0.0",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "POSTPROCESSING_HOOKS": ["requests_app.api.schema.finish"],
}
API_CALLS_PER_MINUTE = env.int("API_CALLS_PER_MINUTE", default=600)  # of one key; of all of an organisation:
API_CALLS_PER_MINUTE_TOGETHER = env.int("API_CALLS_PER_MINUTE_TOGETHER", default=API_CALLS_PER_MINUTE)
API_CHECKS_PER_MINUTE = env.int("API_CHECKS_PER_MINUTE", default=120)  # dry runs of a decision
API_CHECKS_PER_MINUTE_TOGETHER = env.int("API_CHECKS_PER_MINUTE_TOGETHER", default=API_CHECKS_PER_MINUTE)
API_WRONG_KEYS_PER_HOUR = env.int("API_WRONG_KEYS_PER_HOUR", default=30)  # from one address

METRICS_TOKEN = env.str("METRICS_TOKEN", default="")  # of programs that watch; without one nothing is shown to them

# --- jobs: retry > (1 + ceil((queue_limit + 1) / workers)) * (timeout + 3), or healthy clusters run tasks twice
Q_CLUSTER = {
    "name": "broker",
    "orm": "default",
    "workers": 2,
    "queue_limit": 1,
    "bulk": 1,
    "poll": 0.2,
    "timeout": 60,
    "retry": 180,
    "max_attempts": 1,
    "ack_failures": True,
    "save_limit": -1,
    "catch_up": False,
    "sync": env.bool("JOBS_SYNC", default=False),
}

LOG_FORMAT = env.str("LOG_FORMAT", default="text")  # "json": one object a line
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"redact": {"()": "broker.inlets.logs.RedactTokens"}},
    "formatters": {"text": {"format": "%(message)s"}, "json": {"()": "broker.inlets.journal.JsonLines"}},
    "handlers": {
        "console": {"class": "logging.StreamHandler", "filters": ["redact"], "formatter": LOG_FORMAT},
    },
    # httpx names whole addresses at INFO; a line of ours says what was done instead.
    "loggers": {
        "httpx": {"level": "WARNING"},
        "mail.log": {"level": "ERROR"},
        "pikepdf": {"level": "WARNING"},  # greets at INFO when it is imported
        "pyhanko": {"level": "WARNING"},
    },
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="INFO")},
}
