"""A stand-in for a switch with a tagged port: takes one VLAN's tag (IEEE 802.1Q) off what comes from the machine, puts
it onto what goes there, and lets nothing else through. Where the kernel has 802.1Q, this is the kernel's work; not
every one has.

Arguments: the interface towards the machine, the one towards the switch, its other end on the bridge, the VLAN's
number.
"""

import array
import fcntl
import select
import socket
import struct
import sys

ETH_P_ALL = 3
SOL_PACKET, PACKET_AUXDATA = 263, 8
TP_STATUS_VLAN_VALID = 1 << 4
AUXDATA = struct.Struct("=IIIHHHH")  # struct tpacket_auxdata
SIOCETHTOOL = 0x8946
OFFLOADS = (0x17, 0x1F, 0x19, 0x24)  # ETHTOOL_STXCSUM, _STSO, _SSG, _SGSO


def open_port(name):
    port = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
    port.bind((name, ETH_P_ALL))
    port.setsockopt(SOL_PACKET, PACKET_AUXDATA, 1)
    return port


def whole_packets(name):
    """No packet without its checksum or larger than the wire: the kernel would leave both to the card."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        for offload in OFFLOADS:
            value = array.array("B", struct.pack("II", offload, 0))
            request = struct.pack("16sP", name.encode(), value.buffer_info()[0])
            try:
                fcntl.ioctl(any_socket, SIOCETHTOOL, request)
            except OSError:
                pass  # this card has no such thing


def receive(port):
    """A frame, and the VLAN that it came in; None for a frame of our own."""
    frame, ancillary, _, address = port.recvmsg(65536, 256)
    if address[2] == socket.PACKET_OUTGOING:
        return None, None
    vlan = None
    for level, kind, data in ancillary:
        if level == SOL_PACKET and kind == PACKET_AUXDATA:
            status, *_, tci, _ = AUXDATA.unpack(data[: AUXDATA.size])
            if status & TP_STATUS_VLAN_VALID:
                vlan = tci & 0xFFF
    if vlan is None and frame[12:14] == b"\x81\x00":
        vlan = struct.unpack("!H", frame[14:16])[0] & 0xFFF
        frame = frame[:12] + frame[16:]
    return frame, vlan


def main(machine, switch, number):
    machine_port, switch_port = open_port(machine), open_port(switch)
    while True:
        for port in select.select([machine_port, switch_port], [], [])[0]:
            frame, vlan = receive(port)
            if frame is None:
                continue
            try:
                if port is machine_port and vlan == number:
                    switch_port.send(frame)
                elif port is switch_port and vlan is None:
                    machine_port.send(frame[:12] + struct.pack("!HH", 0x8100, number) + frame[12:])
            except OSError as error:
                print(f"{len(frame)} bytes: {error}", file=sys.stderr)


if __name__ == "__main__":
    whole_packets(sys.argv[3])
    main(sys.argv[1], sys.argv[2], int(sys.argv[4]))
