"""A medium of the stand-in for XenServer's installer (xenserver_standin/README.md says what is real in it)."""

import bz2
import gzip
import io
import re
import subprocess
import tarfile
from pathlib import Path

from . import process, tiny
from .server import TOP

DONE = r"^standin installer: is done"
COMPLETE = r"^standin host: is complete"
FAILED = r"^standin installer: failed|^standin host: .* failed|dom0strap: failed|Kernel panic|Panic on CPU"
_STANDIN = TOP / "qemu-tests/xenserver_standin"
_TOOLS = TOP / "build/tools"
_MODULES = TOP / "build/kernel/modules/lib/modules"
_BUSYBOX = Path("/bin/busybox")  # of busybox-static
_EXTLINUX = ["/usr/bin/extlinux", "/lib64/ld-linux-x86-64.so.2", "/lib/x86_64-linux-gnu/libc.so.6"]
_BOOT_CODE = {"extlinux": "/usr/lib/EXTLINUX/mbr.bin", "grub": "/usr/lib/grub/i386-pc/boot.img"}
_SYSTEMD = "/lib/systemd/systemd"
_C32 = Path("/usr/lib/syslinux/modules/bios")
_MENU = """# location mbr
serial 0 115200
default xe
prompt 1
timeout 10

label xe
  # XenServer
  kernel mboot.c32
  append /boot/xen.gz dom0_mem=256M,max:256M crashkernel=64M@32M console= vga=mode-0x0311 --- /boot/vmlinuz-2.6-xen root=LABEL=root-none ro xencons=hvc console=tty0 quiet vga=785 splash --- /boot/initrd-2.6-xen.img

label xe-serial
  # XenServer (Serial)
  kernel mboot.c32
  append /boot/xen.gz com1=115200,8n1 console=com1,vga --- /boot/vmlinuz-2.6-xen root=LABEL=root-none ro --- /boot/initrd-2.6-xen.img
"""
_GRUB_MENU = """serial --unit=0 --speed=115200
terminal_input serial console
set default=0
set timeout=5
menuentry 'XenServer' {
\tsearch --label --set root root-none
\tmultiboot2 /boot/xen.gz dom0_mem=256M,max:256M watchdog console=vga vga=mode-0x0311
\tmodule2 /boot/vmlinuz-2.6-xen root=LABEL=root-none ro nolvm console=tty0 quiet splash
\tmodule2 /boot/initrd-2.6-xen.img
}
menuentry 'XenServer (Safe Mode)' {
\tsearch --label --set root root-none
\tmultiboot2 /boot/xen.gz nosmp noreboot
\tmodule2 /boot/vmlinuz-2.6-xen nousb root=LABEL=root-none ro
\tmodule2 /boot/initrd-2.6-xen.img
}
"""


def make_medium(folder, dom0_image, release, compress=gzip.compress, existing="", units=False, drivers=""):
    """The medium's folder, for a web server. release: "6", "7" or "8".

    compress: of install.img. existing: device of a repository that the host has already, as if it had been booted
    before. units: its init is a real systemd with units as 8.2 has them. drivers: kernel modules beside those for
    virtio.
    """
    folder = Path(folder)
    for name in ("boot", "packages.main"):
        (folder / name).mkdir(parents=True)
    hypervisor = tiny.read_hypervisor(dom0_image)
    kernel = (TOP / "build/kernel/vmlinuz").read_bytes()
    (folder / "boot/xen.gz").write_bytes(hypervisor)
    (folder / "boot/vmlinuz").write_bytes(kernel)
    (folder / "install.img").write_bytes(compress(_installer(release, drivers)))
    _pack_root(folder / "packages.main/root.tar.gz", release, hypervisor, kernel, existing, units, drivers)
    return folder


def _drivers(more):
    """{name in lib/: content} of modules and the order in which they are loaded."""
    modules = next(_MODULES.iterdir())
    paths = tiny.find_drivers(modules, f"{tiny.DRIVERS} {more}")
    files = {f"lib/{Path(path).name}": (modules / path).read_bytes() for path in paths}
    files["lib/order"] = "".join(f"{Path(path).name}\n" for path in paths).encode()
    return files


def _installer(release, drivers):
    files = {
        "init": (_STANDIN / "installer-init").read_bytes(),
        "bin/busybox": _BUSYBOX.read_bytes(),
        "sbin/mke2fs": (_TOOLS / "mke2fs").read_bytes(),
        "etc/udhcpc.script": (_STANDIN / "udhcpc.script").read_bytes(),
        "opt/xensource/installer/constants.py": (_STANDIN / f"constants-{release}.py").read_bytes(),
        "opt/xensource/installer/install.py": (_STANDIN / f"code-{release}.py").read_bytes(),
    }
    for path in _EXTLINUX:
        files[path.lstrip("/")] = Path(path).read_bytes()
    files["sbin/extlinux"] = files.pop("usr/bin/extlinux")
    files |= {path.lstrip("/"): Path(path).read_bytes() for path in _with_libraries("/sbin/sfdisk")}
    files["boot-code"] = Path(_BOOT_CODE["extlinux" if release == "6" else "grub"]).read_bytes()[:440]
    return _cpio(files | _drivers(f"xenfs virtio_net {drivers}"))


def _with_libraries(program):
    """The program and what the loader loads with it, of this machine."""
    lines = subprocess.run(["ldd", program], capture_output=True, check=True, text=True).stdout
    return [program, *re.findall(r"(/\S+) \(0x", lines)]


def _cpio(files):
    """newc, names beginning with ./ as in the real image."""
    with process.scratch() as folder:
        for name in "bin sbin lib proc sys dev tmp root etc target".split():
            (folder / name).mkdir()
        for name, content in files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
            path.chmod(0o644 if path.suffix == ".py" else 0o755)
        script = "find . | LC_ALL=C sort | cpio -o -H newc --quiet -R 0:0 --reproducible"
        return subprocess.run(script, shell=True, cwd=folder, capture_output=True, check=True).stdout


def _initrd(drivers):
    files = {"init": (_STANDIN / "initrd-init").read_bytes(), "bin/busybox": _BUSYBOX.read_bytes()}
    return gzip.compress(_cpio(files | _drivers(f"raid10 xenfs {drivers}")), 1)


def _pack_root(path, release, hypervisor, kernel, existing, units, drivers):
    """The host's files. XenServer's boot files are links, which a boot loader follows and dom0strap has to, too."""
    executable = {
        "bin/busybox": _BUSYBOX.read_bytes(),
        "sbin/mdadm": (_TOOLS / "mdadm").read_bytes(),
        "sbin/init": (_STANDIN / "host-init").read_bytes(),
        "bin/xe": (_STANDIN / "xe").read_bytes(),
        "etc/firstboot.d/10-prepare-storage": (_STANDIN / "10-prepare-storage").read_bytes(),
    }
    plain = {
        "boot/xen-4.1.3.gz": hypervisor,
        "boot/vmlinuz-2.6.32.43-0.4.1.xs1.6.10": kernel,
        "boot/initrd-2.6.32.43-0.4.1.xs1.6.10.img": _initrd(drivers),
        "var/log/xe.calls": b"",
    }
    if release == "6":
        plain["boot/extlinux.conf"] = _MENU.encode()
        plain |= {f"boot/{name}": (_C32 / name).read_bytes() for name in ("mboot.c32", "libcom32.c32", "ldlinux.c32")}
    else:
        plain["boot/grub/grub.cfg"] = _GRUB_MENU.encode()
    if existing:
        plain["var/lib/xe.repositories"] = f"old-sr old-pbd {existing}\n".encode()
        plain["etc/firstboot.d/state/10-prepare-storage"] = b"success\n"
    if units:
        executable["sbin/standin-host"] = executable.pop("sbin/init")
        executable |= {path.lstrip("/"): Path(path).read_bytes() for path in _with_libraries(_SYSTEMD)}
        plain |= {f"usr/lib/systemd/system/{path.name}": path.read_bytes() for path in (_STANDIN / "units").iterdir()}
        plain["etc/machine-id"] = b"0123456789abcdef0123456789abcdef\n"
    links = {
        "boot/xen.gz": "xen-4.1.3.gz",
        "boot/vmlinuz-2.6-xen": "vmlinuz-2.6.32.43-0.4.1.xs1.6.10",
        "boot/initrd-2.6-xen.img": "initrd-2.6.32.43-0.4.1.xs1.6.10.img",
    }
    applets = subprocess.run([_BUSYBOX, "--list"], capture_output=True, check=True, text=True).stdout.split()
    links |= {f"bin/{name}": "busybox" for name in applets if name != "busybox"}
    if units:
        links["sbin/init"] = _SYSTEMD
        if existing:
            plain["var/lib/misc/ran-storage-init"] = b""
    with tarfile.open(path, "w:gz", compresslevel=1) as tar:
        for name in "proc sys dev run tmp var/lib/misc etc/firstboot.d/data etc/firstboot.d/state".split():
            info = tarfile.TarInfo(name)
            info.type, info.mode = tarfile.DIRTYPE, 0o755
            tar.addfile(info)
        for mode, files in ((0o755, executable), (0o644, plain)):
            for name, content in files.items():
                info = tarfile.TarInfo(name)
                info.size, info.mode = len(content), mode
                tar.addfile(info, io.BytesIO(content))
        for name, to in links.items():
            info = tarfile.TarInfo(name)
            info.type, info.linkname = tarfile.SYMTYPE, to
            tar.addfile(info)


COMPRESS = {"gzip": gzip.compress, "bzip2": bz2.compress}
