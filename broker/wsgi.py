"""WSGI entry point; waits for the database, and refuses to serve when its evidence triggers are not as written."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "broker.settings")

from django.core.wsgi import get_wsgi_application

from broker.db import evidence, serving

application = get_wsgi_application()
serving.limit_statements()
serving.wait_for(evidence.assert_intact)
