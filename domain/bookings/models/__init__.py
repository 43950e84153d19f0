from domain.bookings.models.booking import Booking
from domain.bookings.models.parts import BookingAddress, BookingLine, CancellationPolicy
from domain.bookings.models.vehicles import (
    Instalment,
    InstalmentState,
    InstalmentWaiver,
    StockMove,
    VehicleStock,
    WaiverState,
)
from domain.bookings.models.words import (
    BookingState,
    Line,
    PaymentOption,
    PickupTime,
    ServiceType,
)

__all__ = [
    "Booking",
    "BookingAddress",
    "BookingLine",
    "BookingState",
    "CancellationPolicy",
    "Instalment",
    "InstalmentState",
    "InstalmentWaiver",
    "Line",
    "PaymentOption",
    "PickupTime",
    "ServiceType",
    "StockMove",
    "VehicleStock",
    "WaiverState",
]
