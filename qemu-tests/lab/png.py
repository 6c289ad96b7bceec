"""QEMU's screen dumps are PPM; people and browsers look at PNG. https://www.w3.org/TR/png-3/"""

import struct
import zlib


def ppm_to_png(ppm):
    """Convert a binary PPM (P6, 8 bits a sample) to PNG."""
    magic, size, depth, pixels = ppm.split(b"\n", 3)
    if magic != b"P6" or depth != b"255":
        raise ValueError("not an 8-bit binary PPM")
    width, height = (int(number) for number in size.split())
    rows = b"".join(b"\0" + pixels[y * width * 3 : (y + 1) * width * 3] for y in range(height))
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = (_chunk(b"IHDR", header), _chunk(b"IDAT", zlib.compress(rows)), _chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def _chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
