"""The tables that are printed, and the machine that the numbers are from."""

import os
import platform
from collections.abc import Mapping, Sequence
from math import isfinite
from pathlib import Path

from .load import Load, Sample
from .peers import OURS
from .scenarios import IDLE_CONNECTIONS, IdleSample, middle


def load_table(name: str, load: Load, samples: Mapping[str, Sequence[Sample]]) -> str:
    """Return the table of one load: the median over rounds for each peer."""
    middles = {peer: middle(each) for peer, each in samples.items()}
    ours = middles.get(OURS.name)
    rows = [
        (
            peer,
            f"{each.cpu:.1f}",
            f"{each.cpu / ours.cpu:.2f}" if ours else "-",
            f"{each.requests_per_second:,.0f}",
            _milliseconds(each.p50),
            _milliseconds(each.p99),
            str(each.errors),
        )
        for peer, each in middles.items()
    ]
    head = ("", "CPU µs/request", "to ours", "requests/s", "p50 ms", "p99 ms", "errors")
    title = f"{name}: GET {load.path} over {load.connections} keep-alive connections"
    return f"{title}\n{_table(head, rows)}"


def idle_table(samples: Mapping[str, IdleSample]) -> str:
    """Return the table of what idle connections cost each peer."""
    rows = [
        (
            peer,
            _milliseconds(each.p99_without),
            _milliseconds(each.p99_with),
            f"{each.idle_cpu:.1%}",
            str(each.still_open),
        )
        for peer, each in samples.items()
    ]
    head = ("", "p99 ms without", "p99 ms with", "CPU when idle", "still open")
    title = f"idle: 32 busy connections without and with {IDLE_CONNECTIONS:,} idle ones"
    return f"{title}\n{_table(head, rows)}"


def machine() -> str:
    """Return what the numbers are from: processor, kernel and Python."""
    return (
        f"{_processor()}, {os.cpu_count()} cores, Linux {platform.release()}, "
        f"Python {platform.python_version()}"
    )


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _milliseconds(microseconds: float) -> str:
    return f"{microseconds / 1000:.2f}" if isfinite(microseconds) else "none"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    return "\n".join(
        "  ".join(
            [row[0].ljust(widths[0])]
            + [cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)]
        )
        for row in (head, *rows)
    )
