"""A datacenter in a network namespace: boot server, machines, disks, and eyes on all of them."""

from .disk import Disk
from .failure import LabFailure
from .lab import Lab
from .machine import Machine, Nic

__all__ = ["Disk", "Lab", "LabFailure", "Machine", "Nic"]
