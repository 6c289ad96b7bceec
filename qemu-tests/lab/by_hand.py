"""The same storage layout typed by hand: sfdisk, mdadm, mkfs, mount. The peer of the bench's layout times.

sfdisk with its libraries is the distribution's and comes in an archive behind the boot environment; mdadm and mke2fs
are the boot environment's own on both sides, so that only the way of working differs.
"""

import re
import subprocess
from pathlib import Path

from . import process

SCRIPT = """\
#!/bin/sh
# DISK…: blank disks. Prints the seconds from the first command to the last mount, and those until no array resyncs.
set -eu
level=$1
shift
now() {{ read -r up _ </proc/uptime; echo "$up"; }}
start=$(now)
sfdisk --quiet "/dev/$1" <<END
label: dos
size=256M, type=fd, bootable
size={root_mib}M, type=fd
END
first=$1
shift
members1=/dev/${{first}}1
members2=/dev/${{first}}2
count=1
for disk; do
    sfdisk --quiet --dump "/dev/$first" | sed /^label-id/d | sfdisk --quiet "/dev/$disk"
    members1="$members1 /dev/${{disk}}1"
    members2="$members2 /dev/${{disk}}2"
    count=$((count + 1))
done
mdadm --create /dev/md0 --run --quiet --level=1 --raid-devices=$count --metadata=1.0 --bitmap=internal $members1
mdadm --create /dev/md1 --run --quiet --level=$level --raid-devices=$count --bitmap=internal $members2
mke2fs -q -t ext4 -F /dev/md1
mke2fs -q -t ext4 -F /dev/md0
mkdir -p /mnt
mount -t ext4 /dev/md1 /mnt
mkdir -p /mnt/boot
mount -t ext4 /dev/md0 /mnt/boot
mounted=$(now)
while grep -qE 'resync|recovery' /proc/mdstat; do sleep 0.2; done
echo "by hand: $start $mounted $(now)"
"""


def _libraries(program):
    out = subprocess.run(["ldd", program], capture_output=True, text=True, check=True).stdout
    return re.findall(r"(/\S+) \(0x", out)


def archive(folder, root_mib):
    """A cpio archive with the script as /by-hand and sfdisk beside it. Returns its path."""
    tree = Path(folder) / "by-hand"
    for source in ["/usr/sbin/sfdisk", *_libraries("/usr/sbin/sfdisk")]:
        place = tree / source.lstrip("/")
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(Path(source).read_bytes())
        place.chmod(0o755)
    script = tree / "by-hand"
    script.write_text(SCRIPT.format(root_mib=root_mib))
    script.chmod(0o755)
    out = Path(folder) / "by-hand.cpio"
    process.run(["sh", "-c", f"cd '{tree}' && find . -mindepth 1 | cpio -o -H newc --quiet >'{out.resolve()}'"])
    return out


def parse(line):
    """The script's last line: seconds to the last mount, seconds until in sync."""
    start, mounted, in_sync = (float(word) for word in line.split()[2:5])
    return mounted - start, in_sync - start
