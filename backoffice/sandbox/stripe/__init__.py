"""A stand-in for Stripe: its wire format as far as we use it, over HTTP, on the loopback.

Written from Stripe's public documents and never compared with the real Stripe.
``start()`` runs it inside a test; ``python -m backoffice.sandbox.stripe`` beside the demo.
"""

from backoffice.sandbox.stripe.faults import Fault
from backoffice.sandbox.stripe.sandbox import Sandbox, start

__all__ = ["Fault", "Sandbox", "start"]
