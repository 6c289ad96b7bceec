"""The tiny host: an image that installs in seconds and still boots, for cases that install many times.

Real: Xen, the dom0 kernel, GRUB's code on the disk. Stand-ins (tiny/): GRUB's programs, which take most of a
real install's time, and as the whole userland an init that checks the image's files against their digests,
says on the console what it found, and powers off.
"""

import gzip
import hashlib
import io
import random
import re
import subprocess
import tarfile
from pathlib import Path, PurePosixPath

from . import loaders, process
from .server import TOP

COMPLETE = r"^tiny host: \S+ is complete, "  # what its init says
INCOMPLETE = r"^tiny host: incomplete"
XEN_OPTIONS = "dom0_mem=256M,max:256M com1=115200,8n1 console=com1"
KERNEL_OPTIONS = "console=hvc0 quiet"  # a screen costs 10 s under emulated Xen
KERNEL = TOP / "build/kernel/vmlinuz"
SCRIPTS = TOP / "qemu-tests/tiny"
_TOOLS = TOP / "build/tools"
_MODULES = TOP / "build/kernel/modules/lib/modules"
_GRUB = "/usr/lib/grub"
# GRUB's core image, to its file's name and what it has of that firmware; and all that it needs to reach /boot.
_CORE = {"i386-pc": ("core.img", "biosdisk"), "x86_64-efi": ("grubx64.efi", "efi_gop")}
_CORE_MODULES = "part_msdos part_gpt ext2 diskfilter mdraid09 mdraid1x search_fs_file"
_CORE_START = "search.file /grub/grub.cfg root\nset prefix=($root)/grub\n"
# What it loads from there, as on any host.
_MENU_MODULES = (
    "normal configfile test echo true serial terminal multiboot2 gzio linux boot loadenv search search_fs_uuid"
)
_LISTS = ("command.lst", "crypto.lst", "fs.lst", "moddep.lst", "terminal.lst")
# What its kernel needs to reach its disks in the lab's machines.
DRIVERS = "crc32c_generic virtio_pci virtio_blk raid1 ext4"
# The installer changes these; its init must not expect the image's.
_CHANGED = re.compile(
    r"etc/(default/grub|fstab|hostname|krb5.*|mdadm/.*|rc\.local|ssh/.*|tiny\.sums)|boot/initrd.*|boot/grub/grubenv"
)


def make(path, dom0_image, filler_bytes=24 << 20, file_bytes=64 << 10, drivers="", loader="grub2", more=None):
    """Write the archive (.tar.zst). dom0_image: where Xen itself is taken from. The filler cannot be compressed.

    drivers: kernel modules beside those for a mirror of virtio-blk disks with ext4; dm-mod brings LVM's program, too.
    loader: grub-legacy, extlinux and grub2-signed (for UEFI) are real, with the libraries that they are linked to.
    more: files beside these or in their place, name to content.
    """
    return _pack(path, entries(dom0_image, filler_bytes, file_bytes, drivers, loader, more))


def entries(dom0_image, filler_bytes, file_bytes=64 << 10, drivers="", loader="grub2", more=None):
    """The host's files as (TarInfo, content), each folder before what is in it."""
    entries = _host(dom0_image, drivers) + _zoo() + _filler(filler_bytes, file_bytes)
    if loader != "grub2":
        entries = _replace(entries, loaders.files(loader), loaders.LINKS[loader])
    entries = _replace(entries, more or {})
    sums = "".join(
        f"{hashlib.sha256(content).hexdigest()}  {info.name}\n"
        for info, content in entries
        if info.isreg() and not _CHANGED.fullmatch(info.name)
    )
    entries.append(_file("etc/tiny.sums", sums.encode()))
    return entries


def _replace(entries, files, links=None):
    """With these files and links, in place of others of their names, and the folders that they need."""
    links = links or {}
    names = {info.name for info, _ in entries}
    folders = {str(parent) for name in [*files, *links] for parent in PurePosixPath(name).parents} - {"."} - names
    programs = {name for name in files if "bin/" in name or ".so." in name}
    return (
        [entry for entry in entries if entry[0].name not in files]
        + [_folder(name) for name in sorted(folders)]
        + [_file(name, content, 0o755 if name in programs else 0o644) for name, content in files.items()]
        + [_link(path, to) for path, to in links.items()]
    )


def _pack(path, entries):
    with open(path, "wb") as out:
        packer = subprocess.Popen(["zstd", "-q", "-1", "-c"], stdin=subprocess.PIPE, stdout=out)
        with tarfile.open(fileobj=packer.stdin, mode="w|", format=tarfile.PAX_FORMAT) as tar:
            for info, content in entries:
                tar.addfile(info, io.BytesIO(content) if info.isreg() else None)
        packer.stdin.close()
        if packer.wait() != 0:
            raise RuntimeError("zstd failed")
    return path


def _entry(name, kind, mode, link="", owner=(0, 0), attributes=()):
    info = tarfile.TarInfo(name)
    info.type, info.mode, info.linkname, info.mtime = kind, mode, link, 1735689600
    info.uid, info.gid = owner
    info.pax_headers = {f"SCHILY.xattr.{key}": value for key, value in attributes}
    return info, b""


def _file(name, content, mode=0o644, **more):
    info, _ = _entry(name, tarfile.REGTYPE, mode, **more)
    info.size = len(content)
    return info, content


def _folder(name, mode=0o755, **more):
    return _entry(name, tarfile.DIRTYPE, mode, **more)


def _link(name, to):
    return _entry(name, tarfile.SYMTYPE, 0o777, link=to)


def _host(dom0_image, drivers):
    version = kernel_version()
    folders = "usr usr/bin usr/sbin usr/lib usr/lib/grub usr/lib/grub/i386-pc usr/lib/grub/x86_64-efi"
    folders += " etc etc/default etc/mdadm etc/systemd etc/systemd/network"
    folders += " boot boot/grub dev proc sys run root tmp srv var var/log"
    entries = [_folder(name) for name in folders.split()]
    entries += [_link("bin", "usr/bin"), _link("sbin", "usr/sbin")]
    entries.append(_file("usr/bin/busybox", (_TOOLS / "busybox").read_bytes(), 0o755))
    entries += [
        _link(f"usr/bin/{name}", "busybox")
        for name in "sh dd cat cp date ls mkdir fsync printf rm sed sync tee".split()
    ]
    entries += [
        _file(f"usr/sbin/{name}", (SCRIPTS / name).read_bytes(), 0o755)
        for name in ("grub-bios-setup", "grub-install", "grub-mkconfig")
    ]
    for platform in _CORE:
        entries += [_file(path, content) for path, content in sorted(grub_files(platform).items())]
    entries += [
        _file("etc/fstab", b"# nothing\n"),
        _file("etc/os-release", b"ID=tiny\n"),
        _file("etc/rc.local", b"#!/bin/sh\nexit 0\n", 0o755),
        _file("etc/default/grub", b"GRUB_TIMEOUT=5\n"),
        _file("etc/shadow", b"root:*:19000:0:99999:7:::\n", 0o640, owner=(0, 42)),
    ]
    entries += [
        _file("boot/xen-4.gz", read_hypervisor(dom0_image)),
        _file(f"boot/vmlinuz-{version}", KERNEL.read_bytes()),
        _file(f"boot/config-{version}", b"CONFIG_XEN_DOM0=y\n"),
        _file(f"boot/initrd.img-{version}", _host_initrd(_MODULES / version, drivers)),
    ]
    return entries


def read_hypervisor(dom0_image):
    """Xen itself, compressed."""
    argv = ["bsdtar", "-xOf", dom0_image, "--include", "./boot/xen-*.gz"]
    return subprocess.run(argv, capture_output=True, check=True).stdout


def kernel_version():
    return next(_MODULES.iterdir()).name


def grub_files(platform, folder=None, modules=""):
    """GRUB's core image, which looks for the menu on every disk and array, and its modules, by path in the host.

    folder: another GRUB's than the distribution's. modules: more of them.
    """
    folder = Path(folder or f"{_GRUB}/{platform}")
    name, of_firmware = _CORE[platform]
    depends = dict(line.split(":", 1) for line in (folder / "moddep.lst").read_text().splitlines())
    wanted, found = f"{_MENU_MODULES} {modules}".split(), set()
    while wanted:
        if (module := wanted.pop()) not in found:
            found.add(module)
            wanted += depends.get(module, "").split()
    files = {file: (folder / file).read_bytes() for file in [*_LISTS, *(f"{module}.mod" for module in sorted(found))]}
    with process.scratch() as scratch:
        (scratch / "start").write_text(_CORE_START)
        argv = ["grub-mkimage", "-O", platform, "-d", str(folder), "-p", "/grub"]
        argv += ["-c", str(scratch / "start"), "-o", str(scratch / "core"), of_firmware]
        process.run(argv + _CORE_MODULES.split())
        files[name] = (scratch / "core").read_bytes()
    if platform == "i386-pc":
        files["boot.img"] = (folder / "boot.img").read_bytes()
    return {f"usr/lib/grub/{platform}/{file}": content for file, content in files.items()}


def find_drivers(modules, drivers):
    """Paths of the files of these drivers, each after those that it depends on."""
    depends = dict(line.split(":", 1) for line in (modules / "modules.dep").read_text().splitlines())
    names = {path.rsplit("/", 1)[-1].split(".")[0].replace("-", "_"): path for path in depends}
    order = []
    for name in drivers.replace("-", "_").split():
        # depmod lists what is needed first last.
        for path in reversed([names[name]] + depends[names[name]].split()):
            if path not in order:
                order.append(path)
    return order


def make_guest_initrd(path):
    """For a paravirtual guest with a disk and a card (tiny/guest-init)."""
    drivers = "xen-blkfront xen-netfront"
    path.write_bytes(_initrd(next(_MODULES.iterdir()), drivers, init="guest-init", tools=["busybox"]))
    return path


def _host_initrd(modules, drivers):
    tools = ["busybox", "mdadm"] + (["lvm"] if "dm-mod" in drivers else [])
    return _initrd(modules, f"{DRIVERS} {drivers}", "init", tools)


def _initrd(modules, drivers, init, tools):
    """cpio in the kernel's newc form; GNU cpio is at hand where the boot environment is built."""
    entries = {"init": (SCRIPTS / init).read_bytes()}
    entries |= {f"bin/{name}": (_TOOLS / name).read_bytes() for name in tools}
    paths = find_drivers(modules, drivers)
    entries["lib/order"] = "".join(f"{path.rsplit('/', 1)[-1]}\n" for path in paths).encode()
    entries |= {f"lib/{path.rsplit('/', 1)[-1]}": (modules / path).read_bytes() for path in paths}
    with process.scratch() as folder:
        for name in "bin sbin lib proc sys dev run root".split():
            (folder / name).mkdir()
        for name, content in entries.items():
            (folder / name).write_bytes(content)
            (folder / name).chmod(0o755)
        for line in (_TOOLS / "busybox.links").read_text().split():
            (folder / "bin" / line.rsplit("/", 1)[-1]).symlink_to("busybox")
        # The same bytes each time: hosts of different runs are compared.
        script = "find . -exec touch -h -d @0 {} + && find . | LC_ALL=C sort"
        script += " | cpio -o -H newc --quiet -R 0:0 --reproducible"
        packed = subprocess.run(script, shell=True, cwd=folder, capture_output=True, check=True).stdout
    return gzip.compress(packed, 1, mtime=0)


def _zoo():
    """One of everything that a file system can hold."""
    hard, _ = _entry("srv/zoo/second-name", tarfile.LNKTYPE, 0o644, link="srv/zoo/file")
    device, _ = _entry("srv/zoo/null", tarfile.CHRTYPE, 0o666)
    device.devmajor, device.devminor = 1, 3
    # cap_net_raw=ep, linux/capability.h: revision 2, effective; permitted bit 13.
    capability = b"\x01\0\0\x02\0\x20\0\0\0\0\0\0\0\0\0\0\0\0\0\0".decode("latin-1")
    return [
        _folder("srv/zoo", 0o2750, owner=(1000, 1001)),
        _file("srv/zoo/file", b"two names\n", 0o600, owner=(1000, 1000), attributes=[("user.colour", "blue")]),
        (hard, b""),
        _file("srv/zoo/setuid", b"s" * 5000, 0o4755),
        _file("srv/zoo/ping", b"p" * 100, 0o755, attributes=[("security.capability", capability)]),
        _file("srv/zoo/empty", b"", 0o000),
        _file("srv/zoo/größe und anderes", "ß\n".encode()),
        _folder("srv/zoo/sticky", 0o1777),
        _link("srv/zoo/short", "file"),
        _link("srv/zoo/long", "x/" * 200),
        _link("srv/zoo/dangling", "/nowhere"),
        _entry("srv/zoo/fifo", tarfile.FIFOTYPE, 0o640),
        (device, b""),
    ]


def _filler(filler_bytes, file_bytes):
    dice = random.Random(1)
    count = filler_bytes // file_bytes
    entries = [_folder(f"srv/{number:03}") for number in range(0, count, 100)]
    for number in range(count):
        content = dice.randbytes(file_bytes)
        entries.append(_file(f"srv/{number - number % 100:03}/{number:04}", content, owner=(number % 7, number % 5)))
    return entries
