"""A datacenter in a network namespace: boot server, machines, disks, and eyes on all of them."""

from .disk import Disk
from .failure import LabFailure
from .lab import Lab
from .machine import FAILED, Direct, Machine, Trigger
from .profile import Profile

__all__ = ["FAILED", "Direct", "Disk", "Lab", "LabFailure", "Machine", "Profile", "Trigger"]
