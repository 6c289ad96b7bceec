"""A host whose GRUB takes its menu from /boot/loader/entries, as Fedora's does: GRUB 2.14, the first of upstream's with
the command blscfg, from a newer Debian than the one that the tests run on. Stand-ins are the tiny host's."""

import re

from . import loaders, tiny

OLDER, NEWER = "tiny-6.9", "tiny-6.10"  # as versions, not as words
_GRUB = "usr/lib/grub/i386-pc"
_PACKAGE, _SUITE = "grub-pc-bin", "forky"

# Arguments come from the menu, as Fedora 30 to 33 have it; each entry adds a word that tells which it was.
_ENTRY = """title Tiny {name}
version {version}
linux /vmlinuz-{kernel}
initrd /initrd.img-{kernel}
options $kernelopts tiny.entry={name}
"""


def files():
    """{path in the host: content}, beside and in place of tiny.make()'s. grubenv says that the older is the default."""
    folder = loaders.unpacked(_PACKAGE, _SUITE) / _GRUB
    found = {
        **tiny.grub_files("i386-pc", folder, "blsuki"),
        "usr/sbin/grub-mkconfig": (tiny.SCRIPTS / "grub-mkconfig-bls").read_bytes(),
        "boot/grub/grubenv": f"# GRUB Environment Block\nsaved_entry={OLDER}\n".ljust(1024, "#").encode(),
    }
    for name in (OLDER, NEWER):
        text = _ENTRY.format(name=name, version=name.partition("-")[2], kernel=tiny.kernel_version())
        found[f"boot/loader/entries/{name}.conf"] = text.encode()
    return found


def drawn(console):
    """The titles of GRUB's menu on a serial line, the highlighted one with a star in front."""
    line = console.find("previous menu").text
    inside = line.partition("previous menu.")[2].partition("The highlighted entry")[0]
    return re.split(r" {3,}", inside.strip())
