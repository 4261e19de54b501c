"""`make bench`: prepare the peers, measure the scenarios, print the tables."""

import argparse
import json
import os
import resource
import signal
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from subprocess import CalledProcessError

from .peers import PEERS, MissingProgram, Peer, require
from .report import idle_table, load_table, machine
from .scenarios import IDLE, LOADS, NAMES, Effort, measure_idle, measure_load
from .server import ServerFailed


def main() -> int:
    """Run what the command line asks for; return the exit status."""
    options = _options()
    # NOTE: as an exception it passes the context managers that end the servers.
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    peers = [peer for peer in PEERS if not options.peer or peer.name in options.peer]
    try:
        require("wrk")
        require("taskset")
        for peer in peers:
            peer.prepare()
        results = _run(peers, options.only or NAMES, _effort(options))
    except (MissingProgram, ServerFailed, CalledProcessError) as error:
        print(error, file=sys.stderr)
        return 1
    if options.json:
        options.json.write_text(json.dumps(results, indent=2) + "\n")
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="runs per peer and scenario (5)")
    parser.add_argument("--seconds", type=int, default=3, help="length of a run (3)")
    parser.add_argument("--only", action="append", choices=NAMES, help="a scenario; repeatable")
    names = [peer.name for peer in PEERS]
    parser.add_argument("--peer", action="append", choices=names, help="a peer; repeatable")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every sample there")
    return parser.parse_args()


def _effort(options: argparse.Namespace) -> Effort:
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) < 2:
        print("One core only: server and load disturb each other.", file=sys.stderr)
    return Effort(options.rounds, options.seconds, cores[0], cores[-1])


def _run(peers: Sequence[Peer], scenarios: Sequence[str], effort: Effort) -> dict[str, object]:
    _allow_many_files()
    versions = {peer.name: peer.version() for peer in peers}
    results: dict[str, object] = {"machine": machine(), "versions": versions}
    print(machine(), *(f"{name}: {version}" for name, version in versions.items()), sep="\n")
    for name, load in LOADS.items():
        if name in scenarios:
            samples = measure_load(peers, load, effort)
            print(f"\n{load_table(name, load, samples)}", flush=True)
            results[name] = {peer: [asdict(each) for each in samples[peer]] for peer in samples}
    if IDLE in scenarios:
        idle = measure_idle(peers, effort)
        print(f"\n{idle_table(idle)}", flush=True)
        results[IDLE] = {peer: asdict(each) for peer, each in idle.items()}
    return results


def _allow_many_files() -> None:
    """Raise the limit of open files, which the servers inherit, as far as is allowed."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


if __name__ == "__main__":
    sys.exit(main())
