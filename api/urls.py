from __future__ import annotations

from django.urls import path, re_path
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from api.bookings import GuestBookingView
from api.catalog import MiniMovesView, OrganizingByTierView, ServicesView
from api.docs import DocsView
from api.health import LiveView, ReadyView
from api.payments import ConfirmView, CreateIntentView
from api.quotes import PricingPreviewView
from api.schema import SchemaView
from api.status import BookingStatusView
from api.vehicles import VehiclePictureView, VehiclesView, VehicleView
from api.views import PublicView
from api.webhooks import StripeWebhookView


class NothingHereView(PublicView):
    """Any other address under /api/, so that it is counted and answered like the rest."""

    schema = None

    def initial(self, request: Request, *args: object, **kwargs: object) -> None:
        super().initial(request, *args, **kwargs)
        raise NotFound

    def get(self, request: Request) -> Response:
        raise NotFound


urlpatterns = [
    path("public/services/", ServicesView.as_view()),
    path("public/services/mini-moves-with-organizing/", MiniMovesView.as_view()),
    path("public/services/organizing-by-tier/", OrganizingByTierView.as_view()),
    path("public/vehicles/", VehiclesView.as_view()),
    path("public/vehicles/<str:sku>/", VehicleView.as_view()),
    path("public/vehicle-pictures/<str:sha256>/", VehiclePictureView.as_view()),
    path("public/pricing-preview/", PricingPreviewView.as_view()),
    path("public/guest-booking/", GuestBookingView.as_view()),
    path("public/booking-status/<str:booking_number>/", BookingStatusView.as_view()),
    path("payments/create-intent/", CreateIntentView.as_view()),
    path("payments/confirm/", ConfirmView.as_view()),
    path("webhooks/stripe/", StripeWebhookView.as_view()),
    path("health/live/", LiveView.as_view()),
    path("health/ready/", ReadyView.as_view()),
    path("schema/", SchemaView.as_view(), name="api-schema"),
    path("docs/", DocsView.as_view()),
    re_path(r"^.*$", NothingHereView.as_view()),
]
