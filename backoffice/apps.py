from importlib import import_module
from pkgutil import iter_modules

from django.apps import AppConfig
from django.contrib import admin
from django.contrib.postgres.signals import register_type_handlers
from django.db.backends.signals import connection_created


class BackofficeConfig(AppConfig):
    name = "backoffice"
    verbose_name = "Screens"

    def ready(self) -> None:
        # Importing the checks registers them; pools are opened long after this.
        from backoffice import checks, pools  # noqa: F401, PLC0415

        take_queue_off_the_admin()
        register_screens()
        # It teaches a connection two types that we do not use, each time a pool hands it out.
        connection_created.disconnect(register_type_handlers)


def register_screens() -> None:
    from backoffice import admin as screens  # noqa: PLC0415

    for module in iter_modules(screens.__path__):
        import_module(f"{screens.__name__}.{module.name}")


def take_queue_off_the_admin() -> None:
    """Remove the queue's own pages: whoever may add a schedule may run any function."""
    for model, page in list(admin.site._registry.items()):  # noqa: SLF001
        if type(page).__module__.startswith("django_q."):
            admin.site.unregister(model)
