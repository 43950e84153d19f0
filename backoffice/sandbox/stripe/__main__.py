"""Run the stand-in beside the demo: ``python -m backoffice.sandbox.stripe --port 8001``."""

from __future__ import annotations

import argparse
import signal
import sys
from pathlib import Path

from backoffice.sandbox.stripe.sandbox import SECRET, Sandbox


def main() -> int:
    parser = argparse.ArgumentParser(prog="backoffice.sandbox.stripe", description=__doc__)
    parser.add_argument("--port", type=int, default=8001)
    parser.add_argument("--webhook", help="where signed events are posted to")
    parser.add_argument("--secret", default=SECRET, help="what they are signed with")
    parser.add_argument("--state", type=Path, help="a file that keeps everything between runs")
    chosen = parser.parse_args()
    if chosen.state is not None:
        chosen.state.parent.mkdir(parents=True, exist_ok=True)
    sandbox = Sandbox(webhook=chosen.webhook, secret=chosen.secret, state=chosen.state)
    try:
        server = sandbox.listen(chosen.port)
    except OSError as error:
        sys.stderr.write(f"Port {chosen.port} cannot be used: {error.strerror}.\n")
        return 1
    # Said outright: a shell's background programs inherit deafness to SIGINT.
    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, lambda *_: sys.exit(0))
    sys.stdout.write(f"Stripe stand-in: {sandbox.url}\n")
    sys.stdout.flush()
    try:
        server.serve_forever()
    finally:
        sandbox.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
