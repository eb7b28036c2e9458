"""A pipe by which a thread learns of a signal at once."""

from __future__ import annotations

import io
import os

from rnnkit.platform import system


def wakeup_pipe() -> tuple[io.RawIOBase, io.RawIOBase]:
    """The reading and the writing end of a pipe whose writer never blocks; of a pair of sockets on
    Windows, where signals cannot be written to a pipe.
    """
    set_blocking = getattr(os, "set_blocking", None)
    if set_blocking and not system.is_windows():
        reader, writer = os.pipe()
        set_blocking(writer, False)
        return io.FileIO(reader, "r"), io.FileIO(writer, "w")
    import socket

    ends = socket.socketpair()
    ends[1].setblocking(False)
    files = ends[0].makefile("rb", 0), ends[1].makefile("wb", 0)
    for end in ends:
        end.close()  # with its file
    return files
