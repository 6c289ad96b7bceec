"""Profiles for machines in the lab: an example from profiles/, changed line by line.

As text, because a profile is what people write: PyYAML reads YAML 1.1, where the key `on` is a boolean.
"""

import re
from pathlib import Path

EXAMPLES = Path(__file__).resolve().parents[2] / "profiles"


class Profile:
    def __init__(self, text):
        self.text = text

    @classmethod
    def example(cls, name):
        return cls((EXAMPLES / f"{name}.yaml").read_text())

    def change(self, pattern, replacement):
        """Every change must hit exactly one place, or the case would silently test something else."""
        self.text, count = re.subn(pattern, lambda _: replacement, self.text, flags=re.MULTILINE)
        if count != 1:
            raise ValueError(f"/{pattern}/ matches {count} places of the profile, not 1")
        return self

    def set(self, key, value):
        """A key that has a line of its own, at whatever depth. What follows the value on that line goes."""
        indent = re.search(rf"^ *(?={re.escape(key)}:)", self.text, re.MULTILINE)
        return self.change(rf"^ *{re.escape(key)}:.*", f"{indent.group() if indent else ''}{key}: {value}")

    def layout(self, text):
        """Other disks, table, partitions, arrays and filesystems: all that stands between these keys goes."""
        kept = re.sub(r"^disks:.*?(?=^wipe:)", "", self.text, flags=re.MULTILINE | re.DOTALL)
        self.text = kept + text
        return self

    def append(self, text):
        self.text += text
        return self
