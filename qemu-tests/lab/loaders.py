"""Real GRUB legacy, extlinux and signed GRUB 2 for hosts of the lab, out of Debian's packages, which are unpacked.

Installing them would replace the boot loader of the machine that the tests run on.
"""

import fcntl
import os
from pathlib import Path

from . import process
from .failure import LabFailure
from .server import TOP

_FOLDER = TOP / "build/lab-packages"
_SYSLINUX = "usr/lib/syslinux"
_LIB = "lib/x86_64-linux-gnu"
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
        "libc6": [f"{_LIB}/ld-linux-x86-64.so.2", f"{_LIB}/libc.so.6"],
    },
    # Debian's for UEFI with Secure Boot: grub-install copies a shim and what that starts.
    "grub2-signed": {
        "grub2-common": ["usr/sbin/grub-install"],
        "grub-efi-amd64-bin": [f"usr/lib/grub/x86_64-efi/*.{kind}" for kind in ("mod", "lst", "img", "sh")],
        "grub-efi-amd64-signed": ["usr/lib/grub/x86_64-efi-signed/grubx64.efi.signed"],
        "shim-signed": ["usr/lib/shim/shimx64.efi.signed"],
        "shim-helpers-amd64-signed": ["usr/lib/shim/mmx64.efi.signed"],
        "libc6": [f"{_LIB}/{name}" for name in ("ld-linux-x86-64.so.2", "libc.so.6", "libm.so.6", "libdl.so.2")],
        "libdevmapper1.02.1": [f"{_LIB}/libdevmapper.so.1.02.1"],
        "libefiboot1": [f"usr/{_LIB}/libefiboot.so.1"],
        "libefivar1": [f"usr/{_LIB}/libefivar.so.1"],
        "liblzma5": [f"{_LIB}/liblzma.so.5"],
        "libpcre2-8-0": [f"usr/{_LIB}/libpcre2-8.so.0"],
        "libselinux1": [f"{_LIB}/libselinux.so.1"],
        "libudev1": [f"usr/{_LIB}/libudev.so.1"],
    },
}
# Where the programs look for what starts them and for their library.
LINKS = {
    "grub-legacy": {"lib/ld-linux.so.2": "/lib32/ld-linux.so.2"},
    "extlinux": {"lib64/ld-linux-x86-64.so.2": f"/{_LIB}/ld-linux-x86-64.so.2"},
    "grub2-signed": {"lib64/ld-linux-x86-64.so.2": f"/{_LIB}/ld-linux-x86-64.so.2"},
}


def files(loader):
    """{path in the host: content}"""
    found = {}
    if loader == "grub2-signed":  # it asks mdadm which array it is that the loader goes to
        found["usr/sbin/mdadm"] = (TOP / "build/tools/mdadm").read_bytes()
    for package, paths in _PACKAGES[loader].items():
        folder = unpacked(package)
        for path in paths:
            there = sorted(folder.glob(path))
            if not there:
                raise LabFailure(f"{package} has no {path}")
            found |= {str(file.relative_to(folder)): file.read_bytes() for file in there}
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
