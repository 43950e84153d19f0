from django.apps import AppConfig


class BackofficeConfig(AppConfig):
    name = "backoffice"
    verbose_name = "Screens"

    def ready(self) -> None:
        # Importing the checks registers them; pools are opened long after this.
        from backoffice import checks, pools  # noqa: F401, PLC0415
