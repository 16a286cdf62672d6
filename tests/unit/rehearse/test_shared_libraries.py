"""Libraries of the system that installed packages load: none that they bring, that the image has or that are known."""

from __future__ import annotations

import struct
import sys
from pathlib import Path

import pytest

from deploy_overlay.rehearse.shared_libraries import lacking, needed


def library(*names: str) -> bytes:
    """A file for 64-bit Linux that loads these libraries."""
    texts = b"\0" + b"".join(name.encode() + b"\0" for name in names)
    places = [texts.index(b"\0" + name.encode() + b"\0") + 1 for name in names]
    entries = [(5, 0x1000 + 176), *((1, place) for place in places), (0, 0)]
    dynamic = b"".join(struct.pack("<qQ", *entry) for entry in entries)
    after = 176 + len(texts)
    segments = struct.pack("<IIQQQQQQ", 1, 4, 0, 0x1000, 0, after, after, 4096)
    segments += struct.pack("<IIQQQQQQ", 2, 4, after, 0, 0, len(dynamic), len(dynamic), 8)
    head = b"\x7fELF\x02\x01\x01".ljust(16, b"\0") + struct.pack(
        "<HHIQQQIHHHHHH", 3, 62, 1, 0, 64, 0, 0, 64, 56, 2, 0, 0, 0
    )
    return head + segments + texts + dynamic


@pytest.mark.parametrize(
    ("package", "files", "found"),
    [
        ("vision", {"vision/core.so": library("libc.so.6", "libGL.so.1")}, {"vision": "libGL.so.1"}),
        ("vision", {"vision/core.so": library("libc.so.6", "libstdc++.so.6", "libz.so.1")}, {}),
        ("vision", {"vision/core.so": library("libown-1a2b.so.1"), "vision.libs/libown-1a2b.so.1": library("libc.so.6")}, {}),
        (
            "vision",
            {"vision/core.so": library("libown-1a2b.so.1"), "vision.libs/libown-1a2b.so.1": library("libX11.so.6")},
            {"vision": "libX11.so.6"},
        ),
        # What nothing of Python's loads by itself is an option of the package.
        ("vision", {"vision/core.so": library("libc.so.6"), "vision/libgpu.so": library("libcuda.so.1")}, {}),
        (
            "boosting",
            {"boosting/lib_boosting.so": library("libgomp.so.1"), "boosting/basic.py": b""},  # by ctypes
            {"boosting": "libgomp.so.1"},
        ),
        ("drivers", {"drivers/lib_rdma.so": library("libmlx5.so.1"), "drivers/__init__.py": b""}, {}),  # for another one
        ("psycopg2", {"psycopg2/_psycopg.so": library("libpq.so.5")}, {}),  # the image has it
        ("vision", {"vision/core.so": b"\xcf\xfa\xed\xfe"}, {}),  # of macOS
    ],
)  # fmt: skip
def test_what_the_image_may_lack(package: str, files: dict[str, bytes], found: dict[str, str], tmp_path: Path) -> None:
    site = tmp_path / "lib" / "python3.13" / "site-packages"
    for name, content in files.items():
        (site / name).parent.mkdir(parents=True, exist_ok=True)
        (site / name).write_bytes(content)
    record = site / f"{package}-1.dist-info" / "RECORD"
    record.parent.mkdir()
    record.write_text("".join(f"{name},,\n" for name in files), encoding="utf-8")
    assert lacking(tmp_path) == found


@pytest.mark.skipif(sys.platform != "linux", reason="files of Linux")
def test_a_real_module() -> None:
    import _ctypes

    path = getattr(_ctypes, "__file__", "")
    if not path:
        pytest.skip("this Python has no such module in a file of its own")
    assert any(name.startswith("libc.so") for name in needed(Path(path)))
