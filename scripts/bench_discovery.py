"""The scenario `discovery` of `scripts/bench`: maps of the fake GitHub's people, against the way of the
program from which discovery was taken."""

import contextlib
import json
import os
import sqlite3
import subprocess
import sys
import threading
import time

import bench_kit
from bench_kit import Server, memory_of

TOKEN = "bench"
# People of the fake GitHub, and how many of them are synced.
MAPS = ((5_000, 100), (1_000, 10_000), (5_000, 10_000))


class GitHub(Server):
    def __init__(self, people):
        super().__init__(bench_kit.RELEASE / "fake-github", "--people", people)
        self.url = self.address[0]

    def ask(self, command):
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())


def discover(home, github, *arguments):
    """The report, the seconds and the peak memory in MB of `pyfa discover`."""
    environment = {
        "PATH": os.environ["PATH"],
        "GITHUB_API_URL": github.url,
        "GITHUB_TOKEN": TOKEN,
        "GITHUB_COOLOFFTIME": "0",
        "DISCOVERY_DEPTH": "100",
        "PYFA_HOME": str(home),
    }
    command = [bench_kit.RELEASE / "pyfa", "-q", "discover", *arguments, "--format", "json"]
    started = time.monotonic()
    process = subprocess.Popen(
        command, cwd=home, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE
    )
    peak = 0

    def watch():
        nonlocal peak
        while process.returncode is None:
            with contextlib.suppress(OSError, StopIteration):
                peak = max(peak, memory_of(process.pid, "VmHWM"))
            time.sleep(0.02)

    watcher = threading.Thread(target=watch)
    watcher.start()
    report = process.communicate()[0]
    watcher.join()
    if process.returncode != 0:
        sys.exit(f"scripts/bench: pyfa discover ended with {process.returncode}")
    return json.loads(report), time.monotonic() - started, peak


class SeedsWay:
    """The tasks of that program on the same people, request by request: 30 entries a page, one request
    for each entry, and none for a list whose count equals what is stored after its first page."""

    def __init__(self, connections):
        self.owns = connections["owns"]
        self.followers, self.following, self.starred, self.stargazers = {}, {}, {}, {}
        for follower, followed in connections["follows"]:
            self.followers.setdefault(followed, set()).add((follower, followed))
            self.following.setdefault(follower, set()).add((follower, followed))
        for person, repository in connections["stars"]:
            self.starred.setdefault(person, set()).add((person, repository))
            self.stargazers.setdefault(repository, set()).add((person, repository))
        self.follows, self.stars, self.requests = set(), set(), 0

    def read(self, entries, stored, is_counted=True):
        pages = max(-(-len(entries) // 30), 1)
        are_all_stored = is_counted and entries <= stored
        self.requests += 1 if are_all_stored else pages + len(entries)
        stored |= entries

    def sync(self, person):
        owned = self.owns[str(person)]
        self.requests += 1 + max(-(-len(owned) // 30), 1)
        for repository in owned:
            self.requests += 1
            self.read(self.stargazers.get(repository, set()), self.stars)
        self.read(self.followers.get(person, set()), self.follows)
        self.read(self.following.get(person, set()), self.follows)
        # Nothing says how long the list of stars is.
        self.read(self.starred.get(person, set()), self.stars, is_counted=False)


def synced(home):
    """GitHub's ids of those who were synced, in that order."""
    with contextlib.closing(sqlite3.connect(home / "activity.sqlite")) as database:
        rows = database.execute(
            "SELECT github_id FROM developers WHERE synced_at IS NOT NULL"
            " ORDER BY synced_at, github_id"
        )
        return [github_id for (github_id,) in rows]


def discovery(table, _, folder):
    peaks = {}
    for people, count in MAPS:
        home = folder / f"map-{people}-{count}"
        home.mkdir()
        with GitHub(people) as github:
            discover(home, github, "add", "p0")
            github.ask("reset")
            report, seconds, peak = discover(home, github, "run", "--count", str(count))
            ours = github.ask("counts")["requests"]
            paths, connections = home / "paths", home / "connections"
            github.ask(f"paths {paths}")
            github.ask(f"connections {connections}")
        theirs = SeedsWay(json.loads(connections.read_text()))
        done = synced(home)
        for person in done:
            theirs.sync(person)
        graphql = sum("graphql" in path for path in paths.read_text().splitlines())
        peaks[people, count] = peak
        table.add(
            f"map of {len(done):,} of {people:,} developers, and {report['accounts_read']:,} "
            f"accounts without their lists ({seconds:.0f} s, {peak:.0f} MB)",
            f"{ours:,} requests, {graphql:,} of them by GraphQL", f"{theirs.requests:,} requests",
            f"{ours / theirs.requests:.2f}", "≤ 0.3", ours <= 0.3 * theirs.requests,
        )  # fmt: skip
    small, large = peaks[MAPS[1]], peaks[MAPS[2]]
    table.add(
        "peak memory of a map of 5,000 developers, against one of 1,000",
        f"{large:.0f} MB", f"{small:.0f} MB", f"{large / small:.2f}", "≤ 1.5",
        large <= 1.5 * small,
    )  # fmt: skip
