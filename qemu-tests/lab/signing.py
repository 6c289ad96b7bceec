"""A throw-away key of minisign's, and boot files that believe it."""

import shutil
from pathlib import Path

from . import process


class SigningKey:
    """Made in that folder; the secret half is for `pxe/render --sign`."""

    def __init__(self, folder):
        self._folder = Path(folder)
        self.public = self._folder / "key.pub"
        self.secret = self._folder / "key.sec"
        process.run(["minisign", "-G", "-W", "-p", str(self.public), "-s", str(self.secret)])

    def boot_files(self, boot):
        """Those of the folder `boot` as `make KEY=` makes them: by an archive of the key behind the initramfs'."""
        tree = self._folder / "tree/etc/dom0strap"
        tree.mkdir(parents=True)
        shutil.copy(self.public, tree / "minisign.pub")
        archive = self._folder / "key.cpio"
        process.run(["sh", "-c", f"cd {self._folder}/tree && find . | cpio -o -H newc --quiet >{archive}"])
        believing = self._folder / "boot"
        believing.mkdir()
        for name in ("vmlinuz", "initramfs.img", "modules.img"):
            shutil.copy(Path(boot) / name, believing)
        with open(believing / "initramfs.img", "ab") as initramfs:
            initramfs.write(bytes(-initramfs.tell() % 4) + archive.read_bytes())
        return believing
