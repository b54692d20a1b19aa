"""WSGI entry point; refuses to serve when the evidence triggers are not as written."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "broker.settings")

from django.core.wsgi import get_wsgi_application

from broker.db import evidence

application = get_wsgi_application()
evidence.assert_intact()
