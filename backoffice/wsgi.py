import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backoffice.settings")
application = get_wsgi_application()

# A WSGI server runs no system checks by itself. They read the settings, which are ready only now.
from backoffice.checks import refuse_when_unsafe  # noqa: E402

refuse_when_unsafe()
