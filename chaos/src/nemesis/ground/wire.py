"""A wire between two interfaces, for a kernel without netem.

What comes in at the first one goes out at the second one late, in its order; the other way it goes at once.
Says `ready` when it stands, and ends when standard input does.
"""

import collections
import random
import select
import socket
import sys
import time

ALL_PROTOCOLS = 3
SOL_PACKET = 263
# Frames carry a header of the kernel's: checksums and segments that it left to the hardware.
PACKET_VNET_HDR = 15
OUTGOING = 4
LARGEST = 1 << 17
# Frames that are taken in before the clock is looked at again.
AT_ONCE = 64


def end(interface: str) -> socket.socket:
    """A socket that sees and sends whole frames."""
    port = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    port.setsockopt(SOL_PACKET, PACKET_VNET_HDR, 1)
    port.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
    port.bind((interface, ALL_PROTOCOLS))
    port.setblocking(False)
    return port


def frames(port: socket.socket):
    """What has come in, without what was sent from here."""
    for _ in range(AT_ONCE):
        try:
            frame, source = port.recvfrom(LARGEST)
        except BlockingIOError:
            return
        if source[2] != OUTGOING:
            yield frame


def send(port: socket.socket, frame: bytes) -> None:
    try:
        port.send(frame)
    except OSError:
        # Lost, as on any wire that takes no more.
        pass


def main() -> None:
    near, far = end(sys.argv[1]), end(sys.argv[2])
    shortest, longest = (float(text) / 1000 for text in sys.argv[3:5])
    late = collections.deque()
    print("ready", flush=True)
    while True:
        wait = max(0, late[0][0] - time.monotonic()) if late else None
        readable, _, _ = select.select([near, far, sys.stdin], [], [], wait)
        if sys.stdin in readable:
            break
        for frame in frames(far):
            send(near, frame)
        for frame in frames(near):
            due = time.monotonic() + random.uniform(shortest, longest)
            # None overtakes another one.
            late.append((max(due, late[-1][0] if late else due), frame))
        now = time.monotonic()
        while late and late[0][0] <= now:
            send(far, late.popleft()[1])
    for _, frame in late:
        send(far, frame)


main()
