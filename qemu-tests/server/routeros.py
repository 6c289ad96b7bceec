"""Reads a RouterOS script as a router would, as far as the vendor's documentation says how.

There is no RouterOS to ask: this is a stand-in, written from the CLI reference of the manual (menus, their
arguments and types) and from the manual's page on `export` (order and form). It knows what pxe/render writes.
"""

import ipaddress
import re
import shlex


class Wrong(Exception):
    pass


def _number(value):
    int(value)


def _yes_no(value):
    if value not in ("yes", "no"):
        raise ValueError(value)


def _name(value):
    if not re.fullmatch(r"[\w.-]+", value):
        raise ValueError(value)


def _names(value):
    for name in value.split(","):
        _name(name)


def _option_value(value):
    """Texts in apostrophes and 0x… in hexadecimal, one after the other."""
    if not re.fullmatch(r"('[^']*'|0x([0-9a-fA-F]{2})+)+", value):
        raise ValueError(value)


def _file(value):
    if not re.fullmatch(r"[\w./:-]+", value):
        raise ValueError(value)


# In the order in which `export` prints them: what others refer to comes first. Arguments: type, required.
MENUS = {
    "/ipv6 dhcp-server option": {
        "code": (_number, True),
        "name": (_name, True),
        "value": (_option_value, False),
    },
    "/ipv6 pool": {
        "name": (_name, True),
        "prefix": (ipaddress.IPv6Network, True),
        "prefix-length": (_number, True),
    },
    "/ip dhcp-server network": {
        "address": (ipaddress.IPv4Network, True),
        "boot-file-name": (_file, False),
        "dns-server": (ipaddress.IPv4Address, False),
        "gateway": (ipaddress.IPv4Address, False),
        "next-server": (ipaddress.IPv4Address, False),
    },
    "/ipv6 route": {
        "dst-address": (ipaddress.IPv6Network, True),
        "gateway": (ipaddress.IPv6Address, True),
    },
    "/ipv6 address": {
        "address": (ipaddress.IPv6Interface, True),
        "advertise": (_yes_no, False),
        "interface": (_name, True),
    },
    "/ipv6 dhcp-server": {
        "address-pool": (_name, False),
        "dhcp-option": (_names, False),
        "interface": (_name, True),
        "name": (_name, True),
    },
    "/ipv6 nd": {
        "interface": (_name, True),
        "managed-address-configuration": (_yes_no, False),
        "other-configuration": (_yes_no, False),
    },
    "/ipv6 nd prefix": {
        "autonomous": (_yes_no, False),
        "interface": (_name, True),
        "on-link": (_yes_no, False),
        "prefix": (ipaddress.IPv6Network, True),
    },
}


def _lines(text):
    """Lines, a backslash at the end joining the next one; a continuation is indented by four blanks."""
    joined = ""
    for number, line in enumerate(text.splitlines(), 1):
        if len(line) > 80 and not line.startswith("#"):
            raise Wrong(f"{number}: {len(line)} characters; export folds at 80")
        if joined and not re.match(r" {4}\S", line):
            raise Wrong(f"{number}: a continuation is indented by four blanks")
        joined += line.lstrip() if joined else line
        if joined.endswith("\\") and not joined.startswith("#"):
            joined = joined[:-1]
            continue
        yield number, joined
        joined = ""
    if joined:
        raise Wrong("the last line is to be continued")


def _entry(number, menu, line):
    verb, *words = shlex.split(re.sub(r'"([^"]*)"', lambda quoted: shlex.quote(quoted[1]), line))
    if verb != "add":
        raise Wrong(f"{number}: {verb} is not what stands here")
    entry = {}
    for word in words:
        name, equals, value = word.partition("=")
        if name not in MENUS[menu] or not equals:
            raise Wrong(f"{number}: {menu} has no argument {name}")
        try:
            MENUS[menu][name][0](value)
        except ValueError as error:
            raise Wrong(f"{number}: {name}: {error}") from error
        entry[name] = value
    if list(entry) != sorted(entry) or len(entry) != len(words):
        raise Wrong(f"{number}: arguments are exported in alphabetical order, each once")
    for name, (_, required) in MENUS[menu].items():
        if required and name not in entry:
            raise Wrong(f"{number}: {menu} needs {name}")
    return entry


def _check_references(found):
    """A name that nothing defines stops the import."""
    options = {entry["name"] for entry in found.get("/ipv6 dhcp-server option", [])}
    pools = {entry["name"] for entry in found.get("/ipv6 pool", [])}
    for server in found.get("/ipv6 dhcp-server", []):
        if server.get("address-pool") not in pools:
            raise Wrong(f"no pool {server.get('address-pool')}")
        for option in server.get("dhcp-option", "").split(","):
            if option not in options:
                raise Wrong(f"no DHCPv6 option {option}")


def read(text):
    """{menu: [entry, …]} of a script; Wrong if a router would not take it, or not print it so."""
    found, menu = {}, None
    for number, line in _lines(text):
        if line.startswith("#"):
            continue
        if line.startswith("/"):
            if line not in MENUS:
                raise Wrong(f"{number}: there is no menu {line}")
            if found and list(MENUS).index(line) <= list(MENUS).index(menu):
                raise Wrong(f"{number}: {line} is exported before {menu}")
            menu = line
            found[menu] = []
        elif menu is None:
            raise Wrong(f"{number}: an entry outside of any menu")
        else:
            found[menu].append(_entry(number, menu, line))
    _check_references(found)
    return found
