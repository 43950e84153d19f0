"""Pictures of the main screens: ``make shots`` fills ``screenshots/``.

Runs a demo of its own, signs in and visits what the menu offers, and the first record of each list.
"""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Page, sync_playwright

from backoffice.demo_logins import PASSWORD
from tests.chromium import find_chromium

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "screenshots"
WHO = "omar"
MENU = "#nav-sidebar a[href^='/admin/'], nav a[href^='/admin/'], aside a[href^='/admin/']"
OMITTED = re.compile("logout|password_change")
FIRST_RECORD = "#result_list tbody th a, table tbody a[href*='/change/']"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start_demo(folder: str, port: int) -> subprocess.Popen[str]:
    command = [sys.executable, "manage.py", "demo", "--port", str(port)]
    demo = subprocess.Popen(
        [*command, "--stripe-port", str(free_port())],
        cwd=ROOT,
        env=os.environ | {"BACKOFFICE_ENV": "demo", "BACKOFFICE_DATA_DIR": folder},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert demo.stdout is not None
    said = []
    for line in demo.stdout:
        said.append(line)
        if "Stop with" in line:
            # Somebody has to listen, or the demo would wait for its own words to be read.
            threading.Thread(target=demo.stdout.read, daemon=True).start()
            return demo
    raise SystemExit("The demo did not start:\n" + "".join(said[-20:]))


def sign_in(page: Page) -> None:
    page.goto("/admin/login/")
    picture(page, "login")
    page.fill("input[name=username]", WHO)
    page.fill("input[name=password]", PASSWORD)
    with page.expect_navigation():
        page.click("button[type=submit]")


def addresses(page: Page, selector: str) -> list[str]:
    found = page.eval_on_selector_all(selector, "links => links.map(link => link.href)")
    paths = [urlsplit(address).path for address in found]
    return list(dict.fromkeys(path for path in paths if not OMITTED.search(path)))


def picture(page: Page, name: str) -> None:
    page.screenshot(path=FOLDER / f"{name}.png", full_page=True)
    sys.stdout.write(f"  {name}.png\n")


def name_of(path: str) -> str:
    words = re.sub(r"[^a-z0-9]+", "-", path.removeprefix("/admin/").lower()).strip("-")
    return words.removeprefix("domain-") or "home"


def visit(page: Page) -> None:
    sign_in(page)
    for path in dict.fromkeys(["/admin/", *addresses(page, MENU)]):
        page.goto(path)
        picture(page, name_of(path))
        if record := addresses(page, FIRST_RECORD)[:1]:
            page.goto(record[0])
            picture(page, f"{name_of(path)}-record")


def main() -> None:
    chromium = find_chromium()
    if chromium is None:
        raise SystemExit("No chromium found; install it or set CHROMIUM=/path/to/chromium.")
    FOLDER.mkdir(exist_ok=True)
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="bo-") as folder, sync_playwright() as playwright:
        demo = start_demo(folder, port)
        try:
            browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
            context = browser.new_context(
                base_url=f"http://127.0.0.1:{port}",
                viewport={"width": 1440, "height": 900},
                timezone_id="America/New_York",
            )
            visit(context.new_page())
            browser.close()
        finally:
            demo.send_signal(signal.SIGINT)
            demo.wait(timeout=60)
    sys.stdout.write(f"In {FOLDER}\n")


if __name__ == "__main__":
    main()
