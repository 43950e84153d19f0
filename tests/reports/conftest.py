from tests.backoffice.conftest import company

__all__ = ["company"]
