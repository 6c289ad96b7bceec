"""Small images, most of them wrong in one way."""

import io
import tarfile


def make(path, entries):
    """A .tar.gz of (name, content) in that order. content: bytes, or ("symlink", TARGET), or None for a folder."""
    with tarfile.open(path, "w:gz", format=tarfile.PAX_FORMAT) as tar:
        for name, content in entries:
            info = tarfile.TarInfo(name)
            if content is None:
                info.type, info.mode = tarfile.DIRTYPE, 0o755
            elif isinstance(content, tuple):
                info.type, info.linkname = tarfile.SYMTYPE, content[1]
            else:
                info.size = len(content)
            tar.addfile(info, io.BytesIO(content) if isinstance(content, bytes) else None)
    return path


def truncate(source, path, share=0.5):
    """The first part of a file as a file of its own."""
    content = source.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    return path


# Enough to look like a host at first sight; there is no kernel in it.
HOST = (
    ("etc", None),
    ("etc/fstab", b"# nothing\n"),
    ("etc/os-release", b"ID=tiny\n"),
    ("root", None),
    ("boot", None),
    ("usr", None),
    ("usr/share", None),
    ("usr/share/filler", bytes(range(256)) * 4000),
)
