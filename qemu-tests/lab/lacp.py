"""A stand-in for a switch that speaks LACP (IEEE 802.1AX, LACPDU) on some ports: it agrees with whoever asks.

Arguments: a log, and the interfaces that are the ports. Whenever the other side says something new of a port, the log
gets a line: interface, its system's address, the state that it sees itself in, and the system that it takes for its
partner.
"""

import select
import socket
import struct
import sys
import time

ETH_P_ALL = 3
SLOW = bytes.fromhex("0180c2000002")
TYPE = 0x8809
SYSTEM = bytes.fromhex("525400d0fe01")
KEY = 7
# Active, short timeouts, aggregatable, in sync, collecting, distributing.
STATE = 0x3F
NOBODY = bytes(15)


def information(port):
    return struct.pack("!H6sHHHB", 1, SYSTEM, KEY, 1, port, STATE)


def lacpdu(source, port, partner):
    body = bytes([1, 1]) + bytes([1, 20]) + information(port) + bytes(3)
    body += bytes([2, 20]) + partner + bytes(3) + bytes([3, 16]) + bytes(14) + bytes(52)
    return SLOW + source + struct.pack("!H", TYPE) + body


def main(log, *ports):
    sockets = {}
    for number, name in enumerate(ports, 1):
        port = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
        port.bind((name, ETH_P_ALL))
        sockets[port] = (number, name)
    partners = dict.fromkeys(sockets, NOBODY)
    with open(log, "w", buffering=1, encoding="ascii") as out:
        while True:
            end = time.monotonic() + 1
            while (left := end - time.monotonic()) > 0:
                for port in select.select(list(sockets), [], [], left)[0]:
                    frame, (_, _, kind, *_) = port.recvfrom(2048)
                    if kind == socket.PACKET_OUTGOING or frame[:6] != SLOW or frame[12:16] != bytes.fromhex("88090101"):
                        continue
                    if frame[18:33] != partners[port]:
                        partners[port] = frame[18:33]
                        seen = [sockets[port][1], frame[20:26].hex(":"), f"{frame[32]:02x}", frame[40:46].hex(":")]
                        out.write(" ".join(seen) + "\n")
            for port, (number, _) in sockets.items():
                try:
                    port.send(lacpdu(port.getsockname()[4], number, partners[port]))
                except OSError:
                    pass  # its cable is out


if __name__ == "__main__":
    main(*sys.argv[1:])
