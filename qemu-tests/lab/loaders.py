"""Real GRUB legacy and extlinux for hosts of the lab: files of Debian's packages, unpacked and never installed.

Installing them would replace the boot loader of the machine that the tests run on.
"""

import fcntl
import os
from pathlib import Path

from . import process
from .server import TOP

_FOLDER = TOP / "build/lab-packages"
_SYSLINUX = "usr/lib/syslinux"
# What a host needs of them, by loader: packages, and the files' paths in them.
_PACKAGES = {
    "grub-legacy": {
        "grub-legacy": ["usr/sbin/grub"]
        + [f"usr/lib/grub/x86_64-pc/{name}" for name in ("stage1", "stage2", "e2fs_stage1_5")],
        "libc6-i386": ["lib32/ld-linux.so.2", "lib32/libc.so.6"],
    },
    "extlinux": {
        "extlinux": ["usr/bin/extlinux"],
        "syslinux-common": [f"{_SYSLINUX}/mbr/mbr.bin"]
        + [f"{_SYSLINUX}/modules/bios/{name}.c32" for name in ("mboot", "libcom32")],
        "libc6": ["lib/x86_64-linux-gnu/ld-linux-x86-64.so.2", "lib/x86_64-linux-gnu/libc.so.6"],
    },
}
# Where the programs look for what starts them and for their library.
LINKS = {
    "grub-legacy": {"lib/ld-linux.so.2": "/lib32/ld-linux.so.2"},
    "extlinux": {"lib64/ld-linux-x86-64.so.2": "/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2"},
}


def files(loader):
    """{path in the host: content}"""
    found = {}
    for package, paths in _PACKAGES[loader].items():
        folder = unpacked(package)
        found |= {path: (folder / path).read_bytes() for path in paths}
    return found


def unpacked(package, suite=None):
    """The folder that the package was unpacked to; downloaded where it is not there yet. suite: of another Debian than
    this machine's."""
    folder = _FOLDER / (f"{package}-{suite}" if suite else package)
    _FOLDER.mkdir(parents=True, exist_ok=True)
    with open(_FOLDER / f".{folder.name}.lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            with process.scratch() as scratch:
                private = [str(TOP / "build.sh"), "apt", f"{suite}/binary"] if suite else []
                argv = [*private, "apt-get", "download", package]
                process.run(["sh", "-c", 'cd "$0" && exec "$@"', str(scratch), *argv], timeout=900)
                archive = next(Path(scratch).glob("*.deb"))
                process.run(["dpkg-deb", "-x", str(archive), str(folder) + ".new"])
            os.rename(str(folder) + ".new", folder)
    return folder
