"""The boot server of a lab: dnsmasq and nginx, configured by the same pxe/render that operators use."""

import hashlib
import json
import re
import signal
import time
from dataclasses import dataclass
from pathlib import Path

from . import process
from .failure import LabFailure
from .network import BRIDGE, MACHINES, NETWORK, NETWORK6, SERVER, SERVER6, machine_address, machine_mac

TOP = Path(__file__).resolve().parents[2]
URL = f"http://{SERVER}"
HOST6 = f"[{SERVER6}]"
URL6 = f"http://{HOST6}"
FAULTY_PORT = 8080
RANGE = "192.0.2.100,192.0.2.199"
OTHER = "192.0.2.2"  # another DHCP server


@dataclass
class Request:
    """One line of the web server's access log. time: when it ended."""

    time: float
    client: str
    path: str
    status: int
    bytes: int
    seconds: float
    range: str


class BootServer:
    """Serves folder/profiles, folder/images and the boot files. Starts at once; close() ends it.

    proxy: addresses come from another DHCP server on the same segment. six: IPv6 alone. options: more of
    pxe/render's. dnsmasq: more of dnsmasq's.
    """

    def __init__(self, namespace, folder, boot, append="", proxy=False, six=False, options=(), dnsmasq=()):
        self.folder = Path(folder)
        self.profiles = self.folder / "profiles/mac"
        self.images = self.folder / "images"
        self.undo = self.folder / "undo"
        self._namespace = namespace
        self._faulty = None
        self._hosts = self.folder / "hosts"
        for path in (self.images, self.undo, self._hosts):
            path.mkdir(parents=True, exist_ok=True)
        self._more = list(dnsmasq)
        self._rendering = self._render_arguments(boot, append) + self._render_network(proxy, six) + list(options)
        process.run(self._rendering)
        self._other = self._start_other() if proxy else None
        (self.folder / "dhcp-options").touch()
        self._dnsmasq = process.spawn(self._dnsmasq_arguments(), self.folder / "dnsmasq.log", namespace)
        self._nginx = process.spawn(
            ["nginx", "-c", str(self.folder / "nginx.conf"), "-g", "daemon off; master_process off;"],
            self.folder / "nginx.log",
            namespace,
        )
        self._wait_until_up(namespace)

    def _render_arguments(self, boot, append):
        argv = [str(TOP / "pxe/render"), "--interface", BRIDGE]
        argv += ["--boot", str(boot), "--profiles", str(self._hosts), "--images", str(self.images)]
        return argv + ["--undo", str(self.undo), "--append", append, "--out", str(self.folder)]

    @staticmethod
    def _render_network(proxy, six):
        if six:
            return ["--url", URL6, "--network6", NETWORK6, "--address6", SERVER6]
        return ["--url", URL, "--network", NETWORK] + ([] if proxy else ["--range", RANGE])

    def _start_other(self):
        """A DHCP server that knows addresses and nothing of booting, on a card of its own."""
        for command in (
            ["ip", "link", "add", "other0", "type", "veth", "peer", "name", "other1"],
            ["ip", "link", "set", "other1", "master", BRIDGE, "up"],
            ["ip", "addr", "add", f"{OTHER}/24", "dev", "other0", "noprefixroute"],
            ["ip", "link", "set", "other0", "up"],
        ):
            process.run(command, self._namespace)
        argv = ["dnsmasq", "--no-daemon", "--port=0", "--log-dhcp", "--interface=other0", "--bind-interfaces"]
        argv += [f"--dhcp-range={RANGE},1h", f"--dhcp-leasefile={self.folder}/other.leases", "--conf-file=/dev/null"]
        return process.spawn(argv, self.folder / "other.log", self._namespace)

    def _dnsmasq_arguments(self):
        # Not --keep-in-foreground: that drops privileges, and with them the wish to die with its parent.
        argv = ["dnsmasq", "--no-daemon", f"--conf-file={self.folder}/dnsmasq.conf"]
        argv += [f"--dhcp-optsfile={self.folder}/dhcp-options", *self._more]
        # Firmware, boot environment and dom0 name themselves differently; the address goes by MAC alone.
        for number in range(1, MACHINES + 1):
            argv.append(f"--dhcp-host={machine_mac(number)},{machine_address(number)}")
        return argv

    def _wait_until_up(self, namespace):
        for _ in range(100):
            for name, server in (("dnsmasq", self._dnsmasq), ("nginx", self._nginx)):
                if server.poll() is not None:
                    log = (self.folder / f"{name}.log").read_text()
                    raise LabFailure(f"{name} ended with exit {server.returncode}:\n{log}")
            listening = process.run(["ss", "-Hltn", "sport = :80"], namespace).stdout
            if listening.strip() and "started" in (self.folder / "dnsmasq.log").read_text():
                return
            time.sleep(0.1)
        raise LabFailure(f"boot server did not come up; see {self.folder}")

    def offer_image(self, archive):
        """Serve that file as an image; returns the profile's `image` for it."""
        archive = Path(archive).resolve()
        link = self.images / archive.name
        if not link.exists():
            link.symlink_to(archive)
        digest = hashlib.sha256()
        with open(archive, "rb") as content:
            while chunk := content.read(1 << 20):
                digest.update(chunk)
        return {"url": f"{URL}/images/{archive.name}", "sha256": digest.hexdigest()}

    def offer_time(self, address):
        """From now on leases name a time server."""
        (self.folder / "dhcp-options").write_text(f"option:ntp-server,{address}\n")
        self._dnsmasq.send_signal(signal.SIGHUP)

    def offer_profile(self, mac, profile):
        """Put a profile where pxe/ lets the machine with that address find it.

        Past pxe/render, which would refuse the bad ones that cases are about.
        """
        path = self.profiles / f"{mac.replace(':', '-')}.yaml"
        path.write_text(profile.text)
        return path

    def render(self):
        """Once more what pxe/render writes, from what is in the operator's folders by now."""
        process.run(self._rendering)

    def publish(self, file, profile):
        """Put a profile into the operator's folder, and have pxe/render check it and name it."""
        path = self._hosts / f"{file}.yaml"
        path.write_text(profile.text)
        self.render()
        return path

    def offer_badly(self, image, *faults):
        """Serve an offered image through faulty_server.py as well; returns its URL there. Once a lab."""
        log = self.folder / "faulty.jsonl"
        script = Path(__file__).with_name("faulty_server.py")
        argv = ["/usr/bin/python3", str(script), str(self.images), str(FAULTY_PORT), str(log), *faults]
        self._faulty = process.spawn(argv, self.folder / "faulty.log", self._namespace)
        self._wait_for_port(FAULTY_PORT, self._faulty, self.folder / "faulty.log")
        return image["url"].replace(URL, f"{URL}:{FAULTY_PORT}")

    def faulty_requests(self):
        """What faulty_server.py has logged, as dicts, oldest first."""
        log = self.folder / "faulty.jsonl"
        return [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []

    def _wait_for_port(self, port, server, log):
        for _ in range(100):
            if server.poll() is not None:
                raise LabFailure(f"{log.stem} ended with exit {server.returncode}:\n{log.read_text()}")
            if process.run(["ss", "-Hltn", f"sport = :{port}"], self._namespace).stdout.strip():
                return
            time.sleep(0.1)
        raise LabFailure(f"nobody listens at port {port}; see {log}")

    def requests(self):
        """All finished HTTP requests so far, oldest first."""
        log = self.folder / "access.log"
        if not log.exists():
            return []
        found = []
        for line in log.read_text(errors="replace").splitlines():
            entry = json.loads(line)
            found.append(
                Request(
                    time=float(entry["time"]),
                    client=entry["client"],
                    path=entry["path"],
                    status=int(entry["status"]),
                    bytes=int(entry["bytes"]),
                    seconds=float(entry["seconds"]),
                    range=entry["range"],
                )
            )
        return found

    def tftp_files(self):
        """The files that went out over TFTP, oldest first."""
        log = (self.folder / "dnsmasq.log").read_text(errors="replace")
        return [Path(name) for name in re.findall(r"sent (\S+) to \S+", log)]

    def close(self):
        process.stop(self._faulty)
        process.stop(self._nginx)
        process.stop(self._dnsmasq)
        process.stop(self._other)
