"""patch-xenserver as an operator types it, on an image that cpio packed."""

import stat
import subprocess

import pytest

from lab.server import TOP

INSTALLER = "opt/xensource/installer"
FILES = {
    "constants.py": "GPT_SUPPORT = True\nroot_size = 4096\nmin_primary_disk_size = 12 #GB\nrootfs_type = 'ext3'\n",
    "install.py": "opt == '--keymap'\n",
    "answerfile.py": "find(['primary-disk'])\n",
}
PROFILE = "profiles/xenserver-raid10.yaml"
PROFILE_ERROR, SOURCE = 10, 12


@pytest.fixture
def image(tmp_path):
    folder = tmp_path / "root" / INSTALLER
    folder.mkdir(parents=True)
    for name, text in FILES.items():
        (folder / name).write_text(text)
    out = tmp_path / "install.img"
    subprocess.run(f"find . | cpio -o -H newc --quiet | gzip >{out}", shell=True, check=True, cwd=tmp_path / "root")
    return out


def patch(*argv):
    argv = [str(TOP / "build/dom0strap"), "patch-xenserver", *map(str, argv)]
    return subprocess.run(argv, capture_output=True, text=True, check=False, cwd=TOP)


def unpack(image, name, folder):
    """As the kernel does: the segment that stands last wins."""
    folder.mkdir()
    subprocess.run(
        f"zcat {image} | (while cpio -idu --quiet; do :; done) 2>/dev/null", shell=True, check=True, cwd=folder
    )
    return (folder / INSTALLER / name).read_text()


def test_an_image_with_the_password_is_its_owners_alone(image, tmp_path):
    out = tmp_path / "patched.img"
    out.with_suffix(".img.part").write_bytes(b"left over")
    done = patch(image, "--profile", PROFILE, "-o", out)
    assert done.returncode == 0, done.stderr
    assert stat.S_IMODE(out.stat().st_mode) == 0o600 and "mode: 0600" in done.stdout
    assert sorted(tmp_path.glob("*.part")) == []
    assert out.read_bytes().startswith(image.read_bytes())
    assert "root_size = 8192" in unpack(out, "constants.py", tmp_path / "patched")


def test_an_image_with_constants_alone_may_be_read(image, tmp_path):
    out = tmp_path / "patched.img"
    done = patch(image, "--set", "root_size=8192", "-o", out)
    assert done.returncode == 0, done.stderr
    assert stat.S_IMODE(out.stat().st_mode) == 0o644 and "mode:" not in done.stdout


@pytest.mark.parametrize(
    "setting, code, words",
    [
        ("no_such_size=1", PROFILE_ERROR, "no_such_size"),
        ("root_size=large", PROFILE_ERROR, "root_size"),
    ],
)
def test_a_setting_that_cannot_be(image, tmp_path, setting, code, words):
    done = patch(image, "--set", setting, "-o", tmp_path / "patched.img")
    assert done.returncode == code and words in done.stderr
    assert not (tmp_path / "patched.img").exists() and not list(tmp_path.glob("*.part"))


def test_a_truncated_image(image, tmp_path):
    image.write_bytes(image.read_bytes()[:-40])
    done = patch(image, "--set", "root_size=8192", "-o", tmp_path / "patched.img")
    assert done.returncode == SOURCE and "install.img" in done.stderr
    assert not (tmp_path / "patched.img").exists() and not list(tmp_path.glob("*.part"))
