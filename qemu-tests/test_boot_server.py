"""Network boot from what pxe/render writes, by each kind of loader, up to the profile: no install."""

import re

import pytest
from conftest import APPEND, RESULTS

from lab import Lab, Profile
from lab.server import TOP, URL
from lab.signing import SigningKey

UUID = "4c4c4544-0042-4c10-8042-b9c04f4d4e31"  # no two of its first bytes are the same, so their order shows
SWAPPED = "44454c4c-4200-104c-8042-b9c04f4d4e31"  # as pxelinux writes it


@pytest.fixture
def lab_of(request):
    """A lab with another boot server than usual."""
    labs = []

    def make(**server):
        server = {"append": APPEND} | server
        labs.append(Lab(RESULTS / re.sub(r"\W+", "-", request.node.name).strip("-"), **server))
        return labs[-1].__enter__()

    yield make
    for lab in labs:
        lab.close()


def boot(lab, uefi=False, rom=True):
    """A machine whose profile is known by its UUID alone; returns when the installer has that profile."""
    profile = Profile.example("xen-dom0-raid1").change(r"52:54:00(:\w\w){3}", "52:54:00:d0:00:01")
    lab.server.publish("xen01", profile.append(f"match: {{uuid: {UUID.upper()}}}\n"))
    machine = lab.machine("a", disks=[lab.disk("SMALL", 64 << 20)], boot="net", uuid=UUID, uefi=uefi)
    if not rom:
        machine.nic.model += ",romfile="
    machine.start()
    machine.wait_for(re.escape(f"profile {lab.url}/profiles/uuid/{UUID}.yaml"), 400)
    machine.wait_for(r"dom0strap: failed, exit 11", 120)  # its disk is too small
    return machine


def test_pxelinux_by_uuid(lab_of):
    lab = lab_of()
    boot(lab)
    assert [path.name for path in lab.server.tftp_files()] == ["lpxelinux.0", "ldlinux.c32", SWAPPED]


@pytest.mark.long
def test_ipxe_script_by_uuid(lab_of):
    lab = lab_of(options=["--loader", "ipxe"])
    boot(lab)
    assert lab.server.tftp_files() == []  # QEMU's network card has iPXE in its ROM
    assert "/tftp/boot.ipxe" in {request.path for request in lab.server.requests() if request.status == 200}


def test_grub_on_uefi_by_uuid(lab_of):
    lab = lab_of()
    boot(lab, uefi=True)
    assert [path.name for path in lab.server.tftp_files()] == ["grubx64.efi"]
    assert {"/tftp/grub.cfg", "/boot/vmlinuz"} <= {request.path for request in lab.server.requests()}


@pytest.mark.long
def test_uefi_http_boot(lab_of):
    """The firmware fetches GRUB over HTTP; OVMF's PXE is switched off, and would get no answer."""
    lab = lab_of(dnsmasq=["--dhcp-ignore=tag:efi"])
    boot(lab, uefi="http")
    assert lab.server.tftp_files() == []
    assert {"/tftp/grubx64.efi", "/tftp/grub.cfg", "/boot/vmlinuz"} <= {
        request.path for request in lab.server.requests()
    }


def test_ipxe_over_ipv6_alone(lab_of):
    """The iPXE of a UEFI machine's network card: its script, kernel, profile; not a packet of IPv4."""
    lab = lab_of(six=True)
    boot(lab, uefi=True)
    assert lab.server.tftp_files() == []
    assert {"/tftp/boot.ipxe", "/boot/vmlinuz"} <= {request.path for request in lab.server.requests()}


@pytest.mark.long
@pytest.mark.parametrize("uefi, by_tftp", [("pxe6", {"snponly.efi"}), ("http", set())], ids=["pxe", "http"])
def test_firmware_over_ipv6_alone(lab_of, uefi, by_tftp):
    """The card has no ROM: the firmware's own driver fetches iPXE, which asks once more and gets its script."""
    lab = lab_of(six=True)
    boot(lab, uefi, rom=False)
    assert {path.name for path in lab.server.tftp_files()} == by_tftp
    paths = {request.path for request in lab.server.requests()}
    assert {"/tftp/boot.ipxe", "/boot/vmlinuz"} <= paths
    assert ("/tftp/snponly.efi" in paths) != bool(by_tftp)


@pytest.mark.long
def test_beside_another_dhcp_server(lab_of):
    """The address is the other server's, what to boot is ours."""
    lab = lab_of(proxy=True)
    boot(lab)
    assert "DHCPACK(other0) 192.0.2.1" in (lab.folder / "server/other.log").read_text()
    assert "DHCPACK" not in (lab.folder / "server/dnsmasq.log").read_text()
    assert [path.name for path in lab.server.tftp_files()] == ["lpxelinux.0", "ldlinux.c32", SWAPPED]


@pytest.fixture
def signed(lab_of, tmp_path):
    """A machine whose initramfs has a key, and a profile for it that is signed with it and calls nothing insecure."""
    key = SigningKey(tmp_path)
    lab = lab_of(
        boot=key.boot_files(TOP / "build/boot"),
        append=f"{APPEND} dom0strap.manifest={URL}/SHA256SUMS",
        options=["--sign", str(key.secret)],
    )
    machine = lab.machine("a", disks=[lab.disk("SMALL", 64 << 20)], direct=lab.direct_install())
    profile = Profile.example("xen-dom0-raid1").change("^insecure: true\n", "")
    lab.server.publish(machine.nic.mac.replace(":", "-"), profile)
    return lab, machine


def test_signed_profile_is_believed_over_plain_http(signed):
    _, machine = signed
    machine.start()
    machine.wait_failed(11)  # its disk is too small: the profile has been read


def test_profile_that_was_changed_on_its_way(signed):
    lab, machine = signed
    path = lab.server.folder / "profiles/mac" / f"{machine.nic.mac.replace(':', '-')}.yaml"
    path.write_text(path.read_text() + "insecure: true\n")
    machine.start()
    assert "sha256 is" in machine.wait_failed(12)["message"]
