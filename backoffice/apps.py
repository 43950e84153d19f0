from django.apps import AppConfig
from django.contrib import admin


class BackofficeConfig(AppConfig):
    name = "backoffice"
    verbose_name = "Screens"

    def ready(self) -> None:
        # Importing the checks registers them; pools are opened long after this.
        from backoffice import checks, pools  # noqa: F401, PLC0415

        take_queue_off_the_admin()


def take_queue_off_the_admin() -> None:
    """Remove the queue's own pages: whoever may add a schedule may run any function."""
    for model, page in list(admin.site._registry.items()):  # noqa: SLF001
        if type(page).__module__.startswith("django_q."):
            admin.site.unregister(model)
