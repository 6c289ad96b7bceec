"""A realm in the lab: Debian's krb5kdc and kadmind on the boot server's address, and a time server."""

import re
import struct
import time
from dataclasses import dataclass
from pathlib import Path

from . import process
from .failure import LabFailure
from .network import SERVER

REALM = "EXAMPLE.COM"
_NTP_SCRIPT = Path(__file__).with_name("time_server.py")


@dataclass(frozen=True)
class Key:
    principal: str
    kvno: int
    enctype: int
    key: bytes


def read_keytab(data):
    """The keys of a keytab, format version 2 (MIT's documentation)."""
    if data[:2] != b"\x05\x02":
        raise LabFailure(f"not a keytab: {data[:16]!r}")
    keys, at = [], 2
    while at + 4 <= len(data):
        (size,) = struct.unpack_from(">i", data, at)
        entry, at = data[at + 4 : at + 4 + abs(size)], at + 4 + abs(size)
        if size > 0:
            keys.append(_read_entry(entry))
    return keys


def _read_entry(entry):
    at = 2

    def take():
        nonlocal at
        (length,) = struct.unpack_from(">H", entry, at)
        at += 2 + length
        return entry[at - length : at]

    (count,) = struct.unpack_from(">H", entry)
    realm = take().decode()
    name = "/".join(take().decode() for _ in range(count))
    kvno, enctype = struct.unpack_from(">BH", entry, at + 8)
    at += 11
    return Key(f"{name}@{realm}", kvno, enctype, take())


class Kdc:
    """Up as long as the lab's namespace lasts, or until down()."""

    def __init__(self, namespace, folder):
        self.folder = Path(folder)
        self._namespace = namespace
        self._servers = []
        self.folder.mkdir(parents=True)
        self._write("krb5.conf", f"[libdefaults]\ndefault_realm = {REALM}\n")
        self._write("acl", "")
        files = "".join(f"{key} = {self.folder / name}\n" for key, name in self._FILES.items())
        listen = "".join(f"{key} = {SERVER}:{port}\n" for key, port in self._PORTS.items())
        logs = f"[logging]\nkdc = FILE:{self.folder}/kdc.log\nadmin_server = FILE:{self.folder}/kadmind.log\n"
        self._write("kdc.conf", f"[realms]\n{REALM} = {{\n{files}{listen}}}\n{logs}")
        self._run(["kdb5_util", "-r", REALM, "create", "-s", "-P", "a master password"])
        self.up()

    _FILES = {"database_name": "db", "key_stash_file": "stash", "acl_file": "acl"}
    _PORTS = {"kdc_listen": 88, "kdc_tcp_listen": 88, "kadmind_listen": 749, "kpasswd_listen": 464}

    def _write(self, name, text):
        (self.folder / name).write_text(text)

    def _environment(self):
        return ["env", f"KRB5_CONFIG={self.folder}/krb5.conf", f"KRB5_KDC_PROFILE={self.folder}/kdc.conf"]

    def _run(self, argv):
        return process.run(self._environment() + argv, self._namespace).stdout

    def up(self):
        for argv in (["krb5kdc", "-n"], ["kadmind", "-nofork"]):
            log = self.folder / f"{argv[0]}.output"
            self._servers.append(process.spawn(self._environment() + argv, log, self._namespace))
        for _ in range(200):
            listening = process.run(["ss", "-Hltn", "( sport = :88 or sport = :464 )"], self._namespace).stdout
            if len(listening.splitlines()) == 2:
                return
            time.sleep(0.1)
        raise LabFailure(f"no KDC; see {self.folder}")

    def down(self):
        for server in self._servers:
            process.stop(server)
        self._servers = []

    def serve_time(self):
        """SNTP on the same address; BootServer.offer_time() tells of it."""
        argv = ["/usr/bin/python3", str(_NTP_SCRIPT), SERVER]
        self._servers.append(process.spawn(argv, self.folder / "time.log", self._namespace))

    def admin(self, command):
        """A command of kadmin.local(8); returns what it says."""
        return self._run(["kadmin.local", "-r", REALM, "-q", command])

    def keys(self, name):
        """The keys in the realm's database, as read_keytab() gives them."""
        path = self.folder / f"{time.monotonic_ns()}.keytab"
        self.admin(f"ktadd -norandkey -k {path} {name}")
        return read_keytab(path.read_bytes())

    def ticket(self, name):
        """A ticket of that principal, on the boot server; returns the command prefix under which programs find it."""
        keytab = self.folder / f"{name}.keytab"
        self.admin(f"ktadd -norandkey -k {keytab} {name}")
        realm = f"{REALM} = {{\nkdc = {SERVER}\n}}\n"
        names = f"default_realm = {REALM}\ndns_canonicalize_hostname = false\ndns_lookup_kdc = false\n"
        self._write("client.conf", f"[libdefaults]\n{names}[realms]\n{realm}")
        prefix = ["env", f"KRB5_CONFIG={self.folder}/client.conf", f"KRB5CCNAME=FILE:{self.folder}/{name}.tickets"]
        process.run([*prefix, "kinit", "-k", "-t", str(keytab), name], self._namespace)
        return prefix

    def log(self):
        return (self.folder / "kdc.log").read_text()

    def changes(self):
        """How many keys the change-password service has changed."""
        log = self.folder / "kadmind.log"
        return len(re.findall(r"chpw request from .*: success", log.read_text())) if log.exists() else 0
