"""Opens the storage of an Optuna study: a journal file or a database."""

from __future__ import annotations

import contextlib
import json
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from rnnkit.environment import without_password
from rnnkit.errors import TRY_AGAIN, USER_MISTAKE, RnnkitError
from rnnkit.platform.lock import SECONDS_BETWEEN_TRIES, try_lock
from rnnkit.storage import require_no_link
from rnnkit.storage.reading import open_file

if TYPE_CHECKING:
    from optuna.storages import BaseStorage

JOURNAL = "optuna.journal"
"""The journal in a study's folder, the default storage."""

RECORD = b'{"op_code"'
"""The beginning of each line of a journal."""

DATABASES = "sqlite:///FILE, postgresql://USER@HOST/NAME or mysql://USER@HOST/NAME"


class JournalLock:
    """A lock of a journal that ends with its process; Optuna's stays for half a minute.

    Args:
        journal: The journal file.
    """

    def __init__(self, journal: Path):
        self._journal = journal
        self._path = journal.with_name(f".{journal.name}.lock")
        self._release: Callable[[], None] | None = None

    def acquire(self) -> bool:
        """Waits for the lock."""
        while (release := try_lock(self._path)) is None:
            time.sleep(SECONDS_BETWEEN_TRIES / 10)
        self._release = release
        _drop_torn_line(self._journal)
        return True

    def release(self) -> None:
        """Releases the lock."""
        if self._release is not None:
            self._release()
        self._release = None


def _drop_torn_line(journal: Path) -> None:
    """Removes a last line without its end, as a killed process or a loss of power leaves it: a
    record that is appended to it could not be read.
    """
    with contextlib.suppress(FileNotFoundError), journal.open("r+b") as file:
        if file.seek(0, os.SEEK_END) == 0:
            return
        file.seek(-1, os.SEEK_END)
        if file.read() != b"\n":
            file.seek(0)
            file.truncate(file.read().rfind(b"\n") + 1)


def open_storage(address: str | None, folder: Path) -> BaseStorage:
    """Opens the storage of a study.

    Args:
        address: A path, or the URL of a database for SQLAlchemy; None for a journal in the folder.
        folder: The folder of the study.

    Raises:
        RnnkitError: If the storage cannot be opened.
    """
    with opening(address, folder):
        if address is not None and "://" in address:
            from optuna.storages import RDBStorage

            return RDBStorage(address)
        from optuna.storages import JournalStorage
        from optuna.storages.journal import JournalFileBackend

        path = folder / JOURNAL if address is None else Path(address)
        _require_journal(path)
        return JournalStorage(JournalFileBackend(str(path), lock_obj=JournalLock(path)))


@contextlib.contextmanager
def opening(address: str | None, folder: Path) -> Iterator[None]:
    """A context in which errors of opening a storage become errors of rnnkit that name it.

    Args:
        address: As in `open_storage`.
        folder: The folder of the study.

    Raises:
        RnnkitError: Instead of errors of Optuna and of the database.
    """
    hint = f"Name a file, or a database: {DATABASES}"
    if address is None:
        hint = "Begin another study: `--name NAME`; the runs of this one stay"
    place = str(folder / JOURNAL) if address is None else ""
    with _converted_errors(address, "cannot be opened", hint, USER_MISTAKE, place):
        yield


@contextlib.contextmanager
def using(address: str | None) -> Iterator[None]:
    """A context in which errors of using a storage, such as a lost connection, become errors of
    rnnkit that are worth another try.

    Raises:
        RnnkitError: Instead of errors of Optuna and of the database.
    """
    hint = "The same command again continues the study"
    with _converted_errors(address, "cannot be used any more", hint, TRY_AGAIN):
        yield


@contextlib.contextmanager
def _converted_errors(
    address: str | None, what: str, hint: str, exit_code: int, place: str = "the study's journal"
) -> Iterator[None]:
    try:
        yield
    except Exception as error:
        if not isinstance(error, _storage_errors()):
            raise
        reason = (str(error) or type(error).__name__).partition("\n")[0]
        if isinstance(error, json.JSONDecodeError):
            reason = "a line of it is damaged"
        name = address and without_password(address)
        if address and name:
            reason = reason.replace(address, name)
        raise RnnkitError(
            f"--storage {name}" if name else place,
            f"{what} ({reason})",
            "Expected a journal file or a database that can be written",
            hint,
            exit_code=exit_code,
        ) from None


def _storage_errors() -> tuple[type[Exception], ...]:
    """The errors that Optuna, databases and files raise."""
    from optuna.exceptions import OptunaError
    from sqlalchemy.exc import SQLAlchemyError

    return OptunaError, SQLAlchemyError, ImportError, OSError, ValueError, KeyError, TypeError


def _require_journal(path: Path) -> None:
    """Checks that a journal can be read and written at a path.

    Raises:
        OSError: If it cannot.
        ValueError: If another file is there.
        RnnkitError: If it is a link.
    """
    require_no_link(path)
    if path.is_dir():
        raise IsADirectoryError("it is a folder")
    if not path.parent.is_dir():
        raise FileNotFoundError(f"no folder {path.parent}")
    if not os.access(path if path.exists() else path.parent, os.W_OK):
        raise PermissionError("it cannot be written")
    if path.exists():
        with open_file(path, links=False) as file:
            # shorter, or padded with zeros, after a loss of power
            beginning = file.read(len(RECORD)).rstrip(b"\0")
        if not RECORD.startswith(beginning):
            raise ValueError("it is another file, and no journal of a study")
