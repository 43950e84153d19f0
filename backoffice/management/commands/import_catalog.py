from __future__ import annotations

from argparse import ArgumentTypeError
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils import timezone

from backoffice.management.colleagues import colleague
from domain.catalog import operations
from domain.catalog.models import ChangeSet
from domain.catalog.preparing import Review
from domain.catalog.workbook import WorkbookRefused
from domain.catalog.workbook.bounds import MOST_BYTES
from domain.common.actors import Actor, System
from domain.common.context import acting, new_request_id
from domain.common.errors import DomainError

# A moment that passes while the command starts is still meant as now.
NOW_IS = timedelta(minutes=1)


def moment(text: str) -> datetime:
    """Read an ISO date or time; without an offset it is the deliveries' local time."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise ArgumentTypeError(f"{text!r} is no ISO date or time.") from error
    zone = ZoneInfo(settings.DELIVERIES_TIME_ZONE)
    return found if found.tzinfo else found.replace(tzinfo=zone)


class Command(BaseCommand):
    help = (
        "Reads the catalog workbook, shows what it changes, and applies it all or not at all. "
        "Safe to run again: a workbook that is applied already changes nothing."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--dry-run", action="store_true", help="show the changes, make none")
        parser.add_argument(
            "--effective", type=moment, metavar="ISO", help="in force from then (default: now)"
        )
        parser.add_argument("--by", metavar="USER", help="user name of who answers for it")

    def handle(self, *args: Any, **options: Any) -> None:
        at = timezone.now()
        effective: datetime | None = options["effective"]
        if effective is not None and abs(effective - at) < NOW_IS:
            effective = None
        content = self._content(options["file"])
        try:
            found = operations.review_import(content=content, effective_from=effective, at=at)
            self._show(found)
            if options["dry_run"] or found.changes_nothing:
                self.stdout.write("Nothing was changed.")
                return
            actor = self._actor(options["by"])
            with acting(request_id=new_request_id()):
                done = self._import(content, options["file"].name, effective, actor, at)
        except WorkbookRefused as refused:
            for error in refused.errors:
                self.stderr.write(str(error))
            raise CommandError(
                f"{len(refused.errors):,} problems; nothing was changed."
            ) from refused
        except DomainError as refused:
            raise CommandError(f"{refused} Nothing was changed.") from refused
        self._tell(done)

    def _content(self, path: Path) -> bytes:
        try:
            with path.open("rb") as stream:
                # One byte more than allowed is enough to be refused for its size.
                return stream.read(MOST_BYTES + 1)
        except OSError as error:
            raise CommandError(f"{path} cannot be read: {error.strerror}.") from error

    def _actor(self, user_name: str | None) -> Actor:
        return System("import_catalog") if user_name is None else colleague(user_name)

    @transaction.atomic
    def _import(
        self, content: bytes, file_name: str, effective: datetime | None, actor: Actor, at: datetime
    ) -> ChangeSet:
        prepared = operations.prepare_import(
            content=content, file_name=file_name, effective_from=effective, actor=actor, at=at
        )
        if prepared.needs_approval:
            return operations.submit_change_set(change_set_id=prepared.pk, actor=actor, at=at)
        return operations.apply_change_set(
            change_set_id=prepared.pk, digest=prepared.digest, actor=actor, at=at
        )

    def _show(self, found: Review) -> None:
        for sheet in found.absent:
            self.stdout.write(f"{sheet}: not in the file, stays as it is")
        total = len(found.diff.changes)
        for number, change in enumerate(found.diff.changes, start=1):
            what = "new" if change.is_new else "changed"
            self.stdout.write(f"{number}/{total} {change.kind}: {change.label} {what}")
            for each in () if change.is_new else change.fields:
                told = each.as_json(change.kind, change.currency)
                move = f" ({told['move']})" if told["move"] else ""
                self.stdout.write(f"    {told['label']}: {told['old']} → {told['new']}{move}")
        self.stdout.write(found.diff.effect_text())

    def _tell(self, done: ChangeSet) -> None:
        if done.needs_approval:
            self.stdout.write(
                f"{done.approval_because} {done} waits for the approval of somebody else."
            )
            return
        begins = done.in_force_from
        zone = ZoneInfo(settings.DELIVERIES_TIME_ZONE)
        when = f"{begins.astimezone(zone):%Y-%m-%d %H:%M %Z}" if begins else ""
        self.stdout.write(self.style.SUCCESS(f"{done} applied, in force from {when}."))
