from django.contrib.admin.apps import AdminConfig


class BackofficeAdminConfig(AdminConfig):
    """Django's admin, with our site in the place of the stock one."""

    default_site = "backoffice.site.BackofficeSite"
