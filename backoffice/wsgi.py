import os

from django.core.wsgi import get_wsgi_application

from backoffice.checks import refuse_when_unsafe

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backoffice.settings")

application = get_wsgi_application()
# A WSGI server runs no system checks by itself.
refuse_when_unsafe()
