"""Where private files lie: a folder of its own, under names that nobody can guess.

The folder is the storage ``private`` of the settings. It has no address.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from secrets import token_hex

from django.core.files.base import ContentFile
from django.core.files.storage import Storage, storages


def _storage() -> Storage:
    return storages["private"]


def keep(content: bytes) -> str:
    """Store bytes and return their key."""
    name = token_hex(24)
    return _storage().save(f"{name[:2]}/{name}", ContentFile(content))


@contextmanager
def kept(content: bytes) -> Iterator[str]:
    """Store bytes under a key, unless what is done with it fails: no row would know of them."""
    key = keep(content)
    try:
        yield key
    except BaseException:
        delete_stored(key)
        raise


def read_stored(key: str) -> bytes:
    """:raises FileNotFoundError: it is not there any more"""
    with _storage().open(key, "rb") as file:
        content: bytes = file.read()
    return content


def delete_stored(key: str) -> None:
    _storage().delete(key)
