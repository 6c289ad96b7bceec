"""usage: time_server.py ADDRESS: answers SNTP requests (RFC 4330) with this machine's clock."""

import socket
import struct
import sys
import time

_EPOCH = 2208988800  # 1970 in seconds since 1900


def _stamp():
    now = time.time() + _EPOCH
    return struct.pack(">II", int(now), int(now % 1 * (1 << 32)))


def main():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind((sys.argv[1], 123))
        while True:
            request, sender = server.recvfrom(512)
            received = _stamp()
            # Version as asked, mode 4 (server), stratum 1; its request's transmit time is our originate time.
            head = struct.pack(">BBbbIII", request[0] & 0x38 | 4, 1, 6, -20, 0, 0, 0x4C4F434C)
            server.sendto(head + received + request[40:48] + received + _stamp(), sender)


main()
