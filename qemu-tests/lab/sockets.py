"""Sockets that a thread of ours serves."""

import socket


def hang_up(sock):
    """Close it, if there is one. Closing alone would not wake a thread that sits in accept() or recv()."""
    if sock is None:
        return
    try:
        sock.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass
    sock.close()
