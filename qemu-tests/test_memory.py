"""The installer's memory does not grow with the image: the full dom0 image on a machine with 512 MB."""


def test_installs_with_512_mb(lab, dom0_image):
    machine, profile = lab.pair("small", dom0_image, disk={"bus": "ide"}, memory=512, direct=lab.direct_install())
    profile.set("finish", "poweroff")
    lab.server.offer_profile(machine.nic.mac, profile)
    machine.start()
    machine.wait_off(600, unless=r"dom0strap: failed|Out of memory|Kernel panic")
    events = machine.json_events()
    assert events[-1]["event"] == "finish" and events[-1]["step"] == "install", events[-1]
    assert all(disk.bootable() for disk in machine.disks)
