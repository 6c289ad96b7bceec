"""pxe/render: every file that it writes is read by the program it is for, and bad profiles stop it."""

import re

import pytest
import routeros
from conftest import ADDRESS6

from lab import process

RANGE = ["--range", "192.0.2.100,192.0.2.199"]
HOST6 = f"[{ADDRESS6}]"
IPV6 = ["--network6", "2001:db8:1::/64", "--address6", ADDRESS6]
ROUTER = ["--gateway", "192.0.2.254", "--nameserver", "192.0.2.53", "--router-interface", "ether2"]
KINDS = {
    "proxy": [],
    "full": RANGE,
    "full-router": RANGE + ROUTER,
    "gateway-only": RANGE + ["--gateway", "192.0.2.254"],
    "ipxe": RANGE + ["--loader", "ipxe"],
    "ipxe-proxy": ["--loader", "ipxe"],
    "both": RANGE + IPV6 + ROUTER + ["--route6", "2001:db8:2::/48,fe80::1"],
    "ipv6-only": ["--network6-only"] + IPV6,
    "chunks": RANGE + ["--chunks", "4M"],
}
URLS = {"ipv6-only": f"http://{HOST6}"}


@pytest.mark.parametrize("kind", KINDS)
def test_each_file_is_read_by_its_program(site, network, kind):
    site.profile("52-54-00-d0-00-01")
    undo = ["--undo", str(site.folder / "undo")]
    site.render(*KINDS[kind], *undo, *site_tls(site, kind), url=URLS.get(kind, "http://192.0.2.1"))
    out, namespace = site.out, network.namespace
    process.run(["dnsmasq", "--test", f"--conf-file={out}/dnsmasq.conf"], namespace)
    for name in ("nginx", "nginx-rack"):
        process.run(["nginx", "-t", "-e", "stderr", "-c", f"{out}/{name}.conf", "-g", "user root;"], namespace)
    for version, wanted in (("4", kind != "ipv6-only"), ("6", kind in ("both", "ipv6-only"))):
        path = out / f"kea-dhcp{version}.json"
        assert path.exists() == wanted
        if wanted:
            process.run([f"kea-dhcp{version}", "-t", str(path)], namespace)
    process.run(["grub-script-check", f"{out}/tftp/grub.cfg"])
    routeros.read((out / "routeros.rsc").read_text())
    left = [
        path for path in out.rglob("*") if path.is_file() and path.suffix not in (".0", ".c32", ".efi", ".kpxe", ".tar")
    ]
    assert len(left) >= 6
    for path in left:
        assert not re.search(r"#\?\w|@\w+@", path.read_text()), f"{path.name} has a place that nobody filled"


@pytest.mark.parametrize("kind, method", [("full", "dhcp"), ("both", "dhcp"), ("ipv6-only", "auto6")])
def test_the_boot_environment_asks_as_the_loader_did(site, kind, method):
    site.render(*KINDS[kind], url=URLS.get(kind, "http://192.0.2.1"))
    for menu in ("pxelinux.cfg/default", "boot.ipxe", "grub.cfg"):
        assert f" ip={method} " in (site.out / "tftp" / menu).read_text()


def site_tls(site, kind):
    if kind == "proxy":
        return []
    host = URLS.get(kind, "http://192.0.2.1").replace("http:", "https:")
    return ["--secure-url", host] + site.certificate()


def test_one_boot_file_is_firmwares_loader_and_ipxes_script(site, network):
    """Where a router names the same file to both."""
    site.profile("52-54-00-d0-00-01")
    site.render(*KINDS["ipv6-only"], url=URLS["ipv6-only"])
    argv = ["nginx", "-e", "stderr", "-c", f"{site.out}/nginx.conf", "-g", "daemon off; master_process off;"]
    server = process.spawn(argv, site.folder / "nginx.log", network.namespace)
    try:
        curl = "curl -sS --retry 9 --retry-connrefused -D - -r 0-5".split() + [f"http://{HOST6}/tftp/snponly.efi"]
        ipxe = process.run([*curl, "-A", "iPXE/1.0.0+ (36a4c)"], network.namespace).stdout
        assert ipxe.endswith("#!ipxe") and "Vary: User-Agent" in ipxe
        assert "\n\nMZ" in process.run([*curl, "-r", "0-1", "-A", "UefiHttpBoot/1.0"], network.namespace).stdout
    finally:
        process.stop(server)


def test_router_gets_what_a_network_boot_needs(site):
    site.render(*KINDS["both"])
    menus = routeros.read((site.out / "routeros.rsc").read_text())
    assert menus["/ip dhcp-server network"] == [
        {
            "address": "192.0.2.0/24",
            "boot-file-name": "lpxelinux.0",
            "dns-server": "192.0.2.53",
            "gateway": "192.0.2.254",
            "next-server": "192.0.2.1",
        }
    ]
    assert menus["/ipv6 address"][0]["address"] == "2001:db8:1::1/64"
    assert menus["/ipv6 route"] == [{"dst-address": "2001:db8:2::/48", "gateway": "fe80::1"}]
    assert menus["/ipv6 nd"][0]["managed-address-configuration"] == "yes"
    assert menus["/ipv6 nd"][0]["other-configuration"] == "yes"
    assert menus["/ipv6 nd prefix"][0]["prefix"] == "2001:db8:1::/64"
    options = {entry["code"]: entry["value"] for entry in menus["/ipv6 dhcp-server option"]}
    assert options["59"] == f"'http://{HOST6}/tftp/snponly.efi'"


@pytest.mark.parametrize(
    "script, why",
    [
        ("/ipv6 nowhere\n", "no menu"),
        ("/ipv6 nd\nadd interfaces=ether2\n", "no argument interfaces"),
        ("/ipv6 nd\nadd interface=ether2 managed-address-configuration=maybe\n", "maybe"),
        ("/ipv6 nd\nadd managed-address-configuration=yes interface=ether2\n", "alphabetical"),
        ("/ipv6 nd\nadd interface=ether2\n/ipv6 pool\n", "exported before"),
        ("/ipv6 route\nadd gateway=fe80::1\n", "needs dst-address"),
        ("/ip dhcp-server network\nadd address=192.0.2.1/24\n", "host bits"),
        ("/ipv6 dhcp-server\nadd address-pool=p interface=a name=b\n", "no pool p"),
        ("/ipv6 dhcp-server option\nadd code=59 name=a value=http://a\n", "value"),
        ("/ipv6 nd\nadd interface=" + "a" * 80 + "\n", "folds at 80"),
        ("/ipv6 nd\nadd \\\ninterface=ether2\n", "four blanks"),
    ],
)
def test_the_stand_in_for_a_router_refuses(script, why):
    with pytest.raises(routeros.Wrong, match=why):
        routeros.read(script)


def test_profiles_stand_under_each_of_their_names(site):
    site.profile("52-54-00-d0-00-01")
    site.profile("xen02", "{mac: 52:54:00:D0:00:02, uuid: 4C4C4544-0042-4C10-8042-B9C04F4D4E31, serial: ABC123}")
    assert "2 profiles" in site.render(*RANGE).stdout
    served = {str(path.relative_to(site.out / "profiles")) for path in site.out.glob("profiles/*/*")}
    assert served == {
        "mac/52-54-00-d0-00-01.yaml",
        "mac/52-54-00-d0-00-02.yaml",
        "uuid/4c4c4544-0042-4c10-8042-b9c04f4d4e31.yaml",
        "serial/abc123.yaml",
    }
    menus = {path.name: path.read_text() for path in site.out.glob("tftp/pxelinux.cfg/*")}
    assert set(menus) == {
        "default",
        "01-52-54-00-d0-00-01",
        "01-52-54-00-d0-00-02",
        "4c4c4544-0042-4c10-8042-b9c04f4d4e31",
        "44454c4c-4200-104c-8042-b9c04f4d4e31",
    }
    assert "/profiles/mac/52-54-00-d0-00-02.yaml" in menus["01-52-54-00-d0-00-02"]
    assert "/profiles/uuid/4c4c4544-0042" in menus["4c4c4544-0042-4c10-8042-b9c04f4d4e31"]
    assert "/profiles/serial/${serial}.yaml" in menus["default"]
    assert "iseq ${serial} ABC123 && set profile serial/abc123 ||" in (site.out / "tftp/boot.ipxe").read_text()
    assert """if [ "$serial" = 'ABC123' ]; then""" in (site.out / "tftp/grub.cfg").read_text()


def test_host_file_over_defaults(site):
    text = site.profile("xen01").read_text()
    (site.profiles / "defaults.yaml").write_text(text.replace("host: xen01.example.com\n", ""))
    own = "host: xen01.example.com\nmatch: {mac: 52:54:00:d0:00:01}\nxen: {timeout: 9}\n"
    (site.profiles / "xen01.yaml").write_text(own)
    site.render(*RANGE)
    served = site.out / "profiles/mac/52-54-00-d0-00-01.yaml"
    assert "timeout: 9" in served.read_text() and "console=com1" in served.read_text()
    checked = process.run([site.environment["DOM0STRAP"], "check", str(served)])
    assert "fine, for xen01.example.com" in checked.stdout


def test_one_bad_profile_stops_all_and_each_error_is_named(site):
    good = site.profile("52-54-00-d0-00-01")
    site.render(*RANGE)
    before = {path: path.read_bytes() for path in site.out.rglob("*") if path.is_file()}
    good.write_text(good.read_text() + "# changed\n")
    site.profile("52-54-00-d0-00-02", count="many")
    site.profile("52-54-00-d0-00-03").write_text("host: a\ntabel: gpt\n")
    site.profile("somebody")
    done = site.render(*RANGE, check=False)
    assert done.returncode == 1
    assert re.search(r"hosts/52-54-00-d0-00-02\.yaml:\d+:\d+: count: \"many\" is not a whole number", done.stderr)
    assert 'hosts/52-54-00-d0-00-03.yaml:2:1: unknown key "tabel"' in done.stderr
    assert "hosts/somebody.yaml: no machine would ask for it" in done.stderr
    assert "nothing has been written" in done.stderr
    assert {path: path.read_bytes() for path in site.out.rglob("*") if path.is_file()} == before
    assert not list(site.out.glob(".new*"))


def test_errors_in_the_defaults_are_told_once_and_as_theirs(site):
    (site.profiles / "defaults.yaml").write_text("disks:\n  count: many\n")
    for number in (1, 2):
        (site.profiles / f"52-54-00-d0-00-0{number}.yaml").write_text("host: a\ntarget: xen-dom0\n")
    done = site.render(*RANGE, check=False)
    assert done.stderr.count('defaults.yaml:2:10: count: "many"') == 1


def test_a_profile_that_does_not_suit_its_overlay(site):
    site.overlay("greeting")
    path = site.profile("52-54-00-d0-00-01")
    path.write_text(path.read_text() + "overlays:\n  - {name: greeting, parameters: {plaice: x}}\n")
    done = site.render(*RANGE, check=False)
    assert done.returncode == 1
    assert re.search(
        r"01\.yaml:\d+:\d+: overlay greeting has no parameter \"plaice\"; did you mean \"place\"", done.stderr
    )
    path.write_text(path.read_text().replace("greeting", "grating"))
    assert "overlays/grating" in site.render(*RANGE, check=False).stderr


def test_two_profiles_for_one_machine(site):
    site.profile("52-54-00-d0-00-01")
    site.profile("xen02", "{mac: 52:54:00:D0:00:01}")
    done = site.render(*RANGE, check=False)
    assert done.returncode == 1
    assert "hosts/xen02.yaml: mac/52-54-00-d0-00-01.yaml is there already" in done.stderr


def test_a_machine_that_is_gone_is_not_served_any_more(site):
    gone = site.profile("52-54-00-d0-00-01")
    site.profile("52-54-00-d0-00-02")
    site.render(*RANGE)
    gone.unlink()
    site.render(*RANGE)
    assert [path.name for path in site.out.glob("profiles/mac/*")] == ["52-54-00-d0-00-02.yaml"]


@pytest.mark.parametrize(
    "options, why",
    [
        (["--url", "https://192.0.2.1"], "speak http:// only"),
        (["--url", "http://boot.example.com"], "an address is needed"),
        (["--loader", "lilo"], "native or ipxe"),
        (["--append", "a;b"], "can be used here"),
        (["--appendix", "a"], "unknown option"),
        (["--secure-url", "https://192.0.2.1"], "needs --cert"),
        (["--network6", "2001:db8::/48"], "is not like 2001:db8:1::/64"),
        (["--boot", "/nowhere"], "no such folder"),
    ],
)
def test_options_that_cannot_be(site, options, why):
    done = site.render(*options, check=False)
    assert done.returncode == 1
    assert why in done.stderr


def test_folders_of_somebody_else_are_left_alone(site):
    (site.out / "profiles").mkdir(parents=True)
    (site.out / "profiles/mine.yaml").write_text("mine")
    done = site.render(check=False)
    assert done.returncode == 1 and "not from here" in done.stderr
    assert (site.out / "profiles/mine.yaml").read_text() == "mine"


def test_port_80_is_not_needed(site):
    site.render(*RANGE, url="http://192.0.2.1:8080")
    assert "http://192.0.2.1:8080/boot/vmlinuz" in (site.out / "tftp/pxelinux.cfg/default").read_text()
    # GRUB 2.06 has no word for a port.
    assert "(tftp,192.0.2.1)/boot/vmlinuz" in (site.out / "tftp/grub.cfg").read_text()
    assert (site.out / "tftp/boot/vmlinuz").exists()
