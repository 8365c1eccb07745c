"""Records what SQLite writes, syncs, truncates and deletes, in order, by standing between it and its own file system.

SQLite lets an application put a layer of its own there (sqlite.org/vfs.html). This one is made with ctypes from a copy
of the layer that is in use, and tells of four calls before it passes them on; nothing is compiled.
"""

import ctypes
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.kill.story import Act, Deleted, Synced, Truncated, Wrote

_OK = 0
_File = ctypes.c_void_p


class _Vfs(ctypes.Structure):
    """The beginning of `sqlite3_vfs`, as far as it is used here; the rest is copied as it lies."""

    _fields_ = (
        ("version", ctypes.c_int),
        ("size_of_file", ctypes.c_int),
        ("longest_path", ctypes.c_int),
        ("next", ctypes.c_void_p),
        ("name", ctypes.c_char_p),
        ("data", ctypes.c_void_p),
        ("open", ctypes.c_void_p),
        ("delete", ctypes.c_void_p),
        ("rest", ctypes.c_void_p * 14),
    )


class _Methods(ctypes.Structure):
    """`sqlite3_io_methods` to its third version."""

    _fields_ = (
        ("version", ctypes.c_int),
        ("close", ctypes.c_void_p),
        ("read", ctypes.c_void_p),
        ("write", ctypes.c_void_p),
        ("truncate", ctypes.c_void_p),
        ("sync", ctypes.c_void_p),
        ("rest", ctypes.c_void_p * 13),
    )


_OPEN = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p, _File, ctypes.c_int, ctypes.POINTER(ctypes.c_int)
)
_DELETE = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int)
_WRITE = ctypes.CFUNCTYPE(ctypes.c_int, _File, ctypes.c_void_p, ctypes.c_int, ctypes.c_int64)
_TRUNCATE = ctypes.CFUNCTYPE(ctypes.c_int, _File, ctypes.c_int64)
_SYNC = ctypes.CFUNCTYPE(ctypes.c_int, _File, ctypes.c_int)


def _address(function: Any) -> int | None:
    return ctypes.cast(function, ctypes.c_void_p).value


def library() -> ctypes.CDLL | None:
    """Return the SQLite that this Python uses, or None where it cannot be reached."""
    maps = Path("/proc/self/maps")
    loaded = maps.read_text("utf-8").split() if maps.exists() else []
    for name in (None, *sorted({each for each in loaded if "sqlite3" in each and ".so" in each})):
        found = ctypes.CDLL(name)
        if hasattr(found, "sqlite3_vfs_register"):
            found.sqlite3_libversion.restype = ctypes.c_char_p
            if found.sqlite3_libversion().decode() == sqlite3.sqlite_version:
                return found
    return None


class Tracer:
    """Tells of every act upon files of this process's SQLite databases that are opened after it was made."""

    def __init__(self, sqlite: ctypes.CDLL, told: Callable[[Act], None]) -> None:
        """Become the file system that SQLite uses by default."""
        self._told, self._names = told, dict[int, str]()
        self._tables: dict[int, _Methods] = {}
        self._kept: list[object] = []
        sqlite.sqlite3_vfs_find.restype = ctypes.POINTER(_Vfs)
        usual: _Vfs = sqlite.sqlite3_vfs_find(None).contents
        self._vfs = _Vfs.from_buffer_copy(usual)
        self._vfs.name, self._vfs.next = b"traced", None
        self._open, self._delete = _OPEN(usual.open), _DELETE(usual.delete)
        self._vfs.open = self._keep(_OPEN(self._opened))
        self._vfs.delete = self._keep(_DELETE(self._deleted))
        if sqlite.sqlite3_vfs_register(ctypes.byref(self._vfs), 1) != _OK:
            raise OSError("SQLite takes no file system")

    def _keep(self, function: object) -> int | None:
        """Keep a function from being collected while SQLite may still call it."""
        self._kept.append(function)
        return _address(function)

    def _opened(self, vfs: int, name: int | None, file: int, flags: int, out: Any) -> int:
        code = int(self._open(vfs, name, file, flags, out))
        table = ctypes.c_void_p.from_address(file)
        if code == _OK and name and table.value:
            path = ctypes.string_at(name).decode()
            self._names[file] = Path(path).name
            if table.value not in self._tables:
                self._tables[table.value] = self._traced(_Methods.from_address(table.value))
            table.value = ctypes.addressof(self._tables[table.value])
        return code

    def _traced(self, usual: _Methods) -> _Methods:
        """Return a copy of a file's methods that tells before it acts."""
        traced = _Methods.from_buffer_copy(usual)
        write, truncate, sync = _WRITE(usual.write), _TRUNCATE(usual.truncate), _SYNC(usual.sync)

        def written(file: int, data: int, length: int, offset: int) -> int:
            self._told(Wrote(self._names[file], offset, ctypes.string_at(data, length)))
            return int(write(file, data, length, offset))

        def truncated(file: int, size: int) -> int:
            self._told(Truncated(self._names[file], size))
            return int(truncate(file, size))

        def synced(file: int, flags: int) -> int:
            code = int(sync(file, flags))
            self._told(Synced(self._names[file]))
            return code

        traced.write = self._keep(_WRITE(written))
        traced.truncate = self._keep(_TRUNCATE(truncated))
        traced.sync = self._keep(_SYNC(synced))
        self._kept += [write, truncate, sync]
        return traced

    def _deleted(self, vfs: int, name: bytes, sync_folder: int) -> int:
        self._told(Deleted(Path(name.decode()).name))
        return int(self._delete(vfs, name, sync_folder))
