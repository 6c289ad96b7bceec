"""A dom0 that is right at its first boot: it comes by network boot, joins its Kerberos realm on the way, gets its
booleans and every overlay that we ship, and jumps into Xen with SELinux enforcing. One install serves all cases, in
this order.
"""

import re
import time
from dataclasses import dataclass

import pytest
from conftest import APPEND, RESULTS

from lab import Lab, process, tiny
from lab.failure import LabFailure
from lab.kdc import REALM, Kdc
from lab.machine import Machine
from lab.network import SERVER
from lab.server import TOP

pytestmark = [pytest.mark.long, pytest.mark.xdist_group("first-boot")]

LOGIN = r"^xen01\S* login:"
TROUBLE = r"dom0strap: failed|Kernel panic|grub rescue>|Gave up waiting"
FQDN = "xen01.example.com"
NAME = f"host/{FQDN}"
BOOLEAN = "httpd_can_network_connect_memcache"
LAYOUT = """
disks: {count: 2, min-size: 4G}
table: mbr
partitions:
  - {name: boot, size: 512M, active: true}
  - {name: root, size: 3G}
  - {name: storage, size: rest}
arrays:
  - {name: md0, level: 1, of: boot, metadata: "1.0"}
  - {name: md1, level: 1, of: root}
  - {name: md2, level: 1, of: storage}
filesystems:
  - {on: md0, type: ext4, mount: /boot}
  - {on: md1, type: ext4, mount: /}
volume-groups:
  guests: {of: md2, volumes: {first: {size: 64M}}}
"""
# Fedora's name first, which Debian's policy does not have.
SELINUX = """
selinux:
  mode: enforcing
  booleans:
    httpd_can_network_memcache: {state: on, or: httpd_can_network_connect_memcache}
"""
ENROL = f"kerberos: {{realm: {REALM}, kdc: {SERVER}, host-key: {{enrol: only-this-once}}}}\n"
VISITS = """<?php
ini_set("display_errors", "1");
if (!session_start()) { echo "no session"; exit; }
$_SESSION["visits"] = ($_SESSION["visits"] ?? 0) + 1;
echo "visit ", $_SESSION["visits"], " of ", session_id(), "\\n";
"""


@dataclass
class Host:
    lab: Lab
    machine: Machine
    kdc: Kdc

    def ssh(self, command, timeout=300, check=True):
        return self.lab.ssh(self.machine, command, timeout, check)

    def wait(self, timeout=1800):
        self.machine.wait_for(LOGIN, timeout, unless=TROUBLE)
        self.lab.wait_for_ssh(self.machine, timeout=600)
        self.lab.keep_ssh(self.machine)

    def wait_for(self, command, pattern, timeout=300):
        """Until what the command prints matches; returns it."""
        deadline = time.monotonic() + timeout
        while not re.search(pattern, output := self.ssh(command, check=False)):
            if time.monotonic() > deadline:
                raise LabFailure(f"{command} printed in {timeout} s no /{pattern}/ but:\n{output}")
            time.sleep(5)
        return output


def overlay(lab, name, parameters=None):
    """An entry of `overlays` in the profile, for one of ours."""
    archive = lab.server.images / f"{name}.tar"
    argv = ["tar", "--format=ustar", "--owner=0", "--group=0", "-C", TOP / "overlays" / name, "-cf", archive, "."]
    process.run([str(word) for word in argv])
    given = "".join(f", {key}: {value}" for key, value in lab.server.offer_image(archive).items())
    values = ", ".join(f'{key}: "{value}"' for key, value in (parameters or {}).items())
    return f"  - {{name: {name}{given}, parameters: {{{values}}}}}\n"


def first_guest(lab):
    kernel = lab.server.offer_image(tiny.KERNEL)
    initrd = lab.server.offer_image(tiny.make_guest_initrd(lab.server.images / "guest-initrd"))
    return {
        "name": "first",
        "memory": 256,
        "volume": "/dev/guests/first",
        "kernel": kernel["url"],
        "kernel-sha256": kernel["sha256"],
        "initrd": initrd["url"],
        "initrd-sha256": initrd["sha256"],
        "arguments": "console=hvc0 quiet",
    }


def overlays(lab):
    parameters = {"first-guest": first_guest(lab)}
    names = sorted(path.name for path in (TOP / "overlays").iterdir() if path.is_dir())
    assert len(names) == 6, names
    return "overlays:\n" + "".join(overlay(lab, name, parameters.get(name)) for name in names)


def begin(lab):
    """Switch on the machine that becomes the host."""
    image = TOP / "build/image/dom0-selinux-services.tar.zst"
    assert image.exists(), "no dom0 image with services; `make image-services` builds it"
    kdc = lab.kdc()
    kdc.admin(f"addprinc +requires_preauth -pw only-this-once {NAME}")
    kdc.admin("addprinc +requires_preauth -randkey alice")  # as the host's service asks for
    machine, profile = lab.pair("xen01", image, disk={"discard": True}, boot="net", memory=2048)
    profile.layout(LAYOUT).change("dom0_mem=512M,max:512M", "dom0_mem=1G,max:1G")
    lab.server.offer_profile(machine.nic.mac, profile.append(SELINUX + ENROL + overlays(lab)))
    machine.start()
    return Host(lab, machine, kdc)


@pytest.fixture(scope="module")
def host():
    with Lab(RESULTS / "first-boot", append=APPEND) as lab:
        host = begin(lab)
        host.wait()
        yield host


def assert_state(host):
    assert host.ssh("getenforce").strip() == "Enforcing"
    assert host.ssh(f"getsebool {BOOLEAN}").strip() == f"{BOOLEAN} --> on"
    assert "xen_version" in host.ssh("xl info")


def assert_member(host):
    """A ticket by the host's own key."""
    host.ssh(f"kinit -k {NAME}")
    assert f"krbtgt/{REALM}@{REALM}" in host.ssh("klist; kdestroy")


def test_it_enforces_from_its_first_start(host):
    assert_state(host)
    assert "selinux=1" in host.ssh("cat /proc/cmdline")
    # What the installer and the host's tools wrote: each has the label that the policy names for it.
    wrong = host.ssh("restorecon -rnv /etc /boot /root /lost+found /usr/libexec", timeout=600)
    assert wrong == ""
    assert "unlabeled_t" not in host.ssh("ls -dZ / /boot /boot/grub/* /boot/* /etc/* /root/.ssh/*")
    assert host.ssh("stat -c %C /root/.ssh/authorized_keys").strip().split(":")[2] == "ssh_home_t"
    # Nobody was denied anything because of a file of ours.
    denied = host.ssh("dmesg | grep -i avc: || true")
    ours = r"unlabeled_t|krb5|fstab|mdadm\.conf|authorized_keys|shadow|hostname|sessions|kerberos-login|guests-|first"
    objects = re.findall(r"(?:name|path)=(\S+)|tcontext=\S+:(\w+_t)", denied)
    assert not [word for words in objects for word in words if re.search(ours, word)], denied
    assert "/.autorelabel" not in host.ssh("ls -a /")


def test_it_is_a_member_of_its_realm(host):
    assert_member(host)
    assert host.ssh("stat -c '%a %U %C' /etc/krb5.keytab").split(":")[:3:2] == ["600 root system_u", "krb5_keytab_t"]


def visit(host):
    """What the page says to one and the same browser."""
    return host.ssh("curl -sS -m 60 -b /root/jar -c /root/jar http://127.0.0.1/visits.php")


def test_sessions_in_memcached(host):
    host.ssh(f"cat >/var/www/html/visits.php <<'END'\n{VISITS}END")
    first = visit(host)
    identity = re.fullmatch(r"visit 1 of (\w+)\n", first)
    assert identity, first
    assert visit(host) == first.replace("visit 1", "visit 2")
    key = f"memc.sess.key.{identity[1]}"
    ask = f"exec 3<>/dev/tcp/127.0.0.1/11211; printf 'get {key}\\r\\nquit\\r\\n' >&3; cat <&3"
    assert "visits|i:2;" in host.ssh(f'bash -c "{ask}"')
    host.ssh(f"setsebool {BOOLEAN} off")
    try:
        assert "visit" not in visit(host).replace("visits.php", "")
        denied = host.ssh("dmesg | grep -i avc:")
        assert re.search(r"denied +\{ name_connect \}.*httpd_t.*memcache_port_t", denied), denied
    finally:
        host.ssh(f"setsebool {BOOLEAN} on")
    assert visit(host) == first.replace("visit 1", "visit 3")


def test_login_with_a_ticket(host):
    host.ssh("useradd -m -s /bin/sh alice")
    ticket = host.kdc.ticket("alice")
    done = host.lab.ssh_by_ticket(host.machine, "alice", ticket, FQDN)
    assert (done.returncode, done.stdout) == (0, "alice\n"), done.stderr
    # Somebody else's account, and a host that the realm does not know.
    assert host.lab.ssh_by_ticket(host.machine, "root", ticket, FQDN).returncode == 255
    assert "LOOKING_UP_SERVER" not in host.kdc.log()
    done = host.lab.ssh_by_ticket(host.machine, "alice", ticket, "nobody.example.com")
    assert done.returncode == 255 and "Permission denied" in done.stderr
    assert re.search(r"LOOKING_UP_SERVER.*host/nobody\.example\.com", host.kdc.log())


def guest_says(host, boot):
    host.wait_for("xl list first", r"(?m)^first +\d+ +256 +1 ")
    # A pipe that stays open: at the end of its input the console would be asked without a pause.
    said = host.wait_for("sleep 20 | timeout 15 xl console first", rf"tiny guest: boot {boot}, ")
    assert re.search(
        rf"boot {boot}, 1 processor\(s\), 131072 sectors, card 00:16:3e:\S+, console=hvc0 quiet", said
    ), said


def test_a_guest_boots(host):
    guest_says(host, 1)


def test_libvirtd(host):
    # Debian's ends when nobody has asked it for two minutes, and its socket starts it again.
    pool = host.wait_for("virsh pool-info guests", r"State: +running")
    assert host.ssh("systemctl is-enabled libvirtd; systemctl is-active libvirtd") == "enabled\nactive\n"
    assert re.search(r"Autostart: +yes", pool), pool
    assert "/dev/guests/first" in host.ssh("virsh vol-list guests")
    assert re.search(r"vif\d+\.0.* master xenbr0", host.ssh("bridge link")), host.ssh("ip link")


def test_small_overlays(host):
    preference = "/etc/firefox/defaults/pref/ip-select.js"
    assert 'pref("layout.word_select.stop_at_punctuation", false);\n' in host.ssh(f"cat {preference}")
    assert host.ssh(f"stat -c '%a %U:%G' {preference}") == "644 root:root\n"
    assert host.ssh("ls -d /etc/firefox/pref /etc/firefox-esr", check=False) == ""
    assert host.ssh("grep -c ^GRUB_UPDATE_DEFAULT_KERNEL=false$ /etc/default/grub") == "1\n"


def test_everything_is_labelled(host):
    # Only what the running system has made itself may differ.
    wrong = host.ssh("restorecon -rnv -x / | grep -v ' /var/\\(lib\\|log\\|tmp\\)/' || true", timeout=900)
    assert wrong == ""


def test_all_of_it_stays(host):
    """The policy built anew by the host's own tools; a start from the disk."""
    host.ssh("semodule -B", timeout=1200)
    assert_state(host)
    host.ssh("sync")
    ran = host.ssh("tail -n +1 /var/lib/dom0strap/first-boot/*")
    host.machine.power_cut()
    host.machine.boot = "disk"
    host.machine.start()
    host.wait()
    assert_state(host)
    assert_member(host)
    guest_says(host, 2)
    assert re.fullmatch(r"visit \d of \w+\n", visit(host))
    assert re.search(r"State: +running", host.ssh("virsh pool-info guests"))
    assert host.ssh("tail -n +1 /var/lib/dom0strap/first-boot/*") == ran
