"""Who can sign in to the demo: one person a role, all with one password."""

from domain.staff.roles import Role

PASSWORD = "backoffice-demo"  # noqa: S105  printed on the screen on purpose
LOGINS: tuple[tuple[str, str, str, Role], ...] = (
    ("carla", "Carla", "Reyes", Role.CUSTOMER_SERVICE),
    ("leo", "Leo", "Novak", Role.LOGISTICS_COORDINATOR),
    ("fiona", "Fiona", "Marsh", Role.FINANCE_MANAGER),
    ("omar", "Omar", "Haddad", Role.OPERATIONS_MANAGER),
    ("ada", "Ada", "Quill", Role.ADMIN),
)
