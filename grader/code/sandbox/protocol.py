"""What runner, zygote and child say to each other, apart from the frames of a job."""

from __future__ import annotations

import struct

CONTROL = 3
"""The zygote's descriptor of a SOCK_SEQPACKET socket to the runner."""
FORK = struct.Struct("<I")
"""Runner to zygote: the number of the child to be made; its end of a job's socket and of a pipe for output come with
it."""
NEWS = struct.Struct("<BIqqq")
"""Zygote to runner: kind, number of the child, three values."""
FORKED, FAILED, EXITED = 1, 2, 3
"""A pidfd comes with it · errno · wait status, CPU microseconds, peak resident kB."""
LIMITS = struct.Struct("<QI")
"""Runner to child, which has said with a frame that it is locked in: bytes of memory above the zygote's, whole seconds
of CPU time as a backstop. The child makes them its own; then come the submission and the cases, each of which is
answered."""
OVERHEAD = 64 * 1024
PICTURE = 1024 * 1024
"""Bytes of a reply beside its value: an exception · the picture of a figure."""
