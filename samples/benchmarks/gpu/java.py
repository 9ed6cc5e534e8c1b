"""The library itself, in Java on this device: java_on_gpu.sh, where what it needs was packed."""

import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent


def run(report, session):
    if not (HERE / "java.tar.xz").is_file():
        report.add("Java", "skipped: packed without a JNI library (pack.sh --jni)")
        return
    for step in ["quickstart", "devices", "modes", "tests"]:
        if report.left() < 20:
            report.add(step, "skipped: the time is over")
            continue
        log, begin = session.out / "java.log", 0
        with log.open("a") as output:
            begin = output.tell()
            try:
                status = subprocess.run(
                    ["bash", str(HERE / "java_on_gpu.sh"), step, str(session.device)],
                    stdout=output, stderr=subprocess.STDOUT, timeout=max(1, report.left() - 5),
                    env=os.environ | {"PYTHON": sys.executable},
                ).returncode
            except subprocess.TimeoutExpired:
                report.add(step, "no end in time")
                continue
        written = log.read_bytes()[begin:].decode(errors="replace")
        lines = [line for line in written.splitlines() if line.strip()]
        report.add(step, " / ".join(lines[-3:])[:400], status == 0)
