from django.apps import AppConfig


class DomainConfig(AppConfig):
    name = "domain"
    verbose_name = "Back office"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # Flows tell the door what each step causes; importing them is the registration.
        import domain.flows.registry  # noqa: F401, PLC0415
