"""The installer's memory does not grow with the image: the full dom0 image on a machine with 512 MB."""


def test_installs_with_512_mb(lab, dom0_image):
    machine = lab.machine(
        "small",
        memory=512,
        disks=[lab.disk(serial, 6 << 30, bus="ide") for serial in ("DISK1", "DISK2")],
        direct=lab.direct_install(),
    )
    profile = lab.example_profile(machine, lab.server.offer_image(dom0_image)).set("finish", "poweroff")
    lab.server.offer_profile(machine.nic.mac, profile)
    machine.start()
    machine.wait_off(600, unless=r"dom0strap: failed|Out of memory|Kernel panic")
    events = machine.json_events()
    assert events[-1]["event"] == "finish" and events[-1]["step"] == "install", events[-1]
    assert all(disk.bootable() for disk in machine.disks)
