"""The scenario `activity` of `scripts/bench`: the program against the fake GitHub of the test kit."""

import datetime
import http.client
import json
import os
import subprocess
import sys
import threading
import time
import urllib.parse

import bench_kit
from bench_kit import PATIENCE, Server, memory_of

TOKEN = "bench"
REPOSITORIES = 50
# Entries of each timeline, besides the one that closes.
EVENTS = 10
# What an answer takes. GitHub needs a hundred and more; so this is the harder measure.
LATENCY = 2
SINCE, UNTIL = "2024-12-01", "2026-01-02"


class GitHub(Server):
    def __init__(self, issues, days, latency=0):
        options = ["--repositories", REPOSITORIES, "--issues", issues, "--events", EVENTS]
        options += ["--days", days, "--latency-ms", latency]
        super().__init__(bench_kit.RELEASE / "fake-github", *options)
        self.url = self.address[0]

    def ask(self, command):
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())


class Activity:
    """A run of `pyfa activity`: its report, seconds and peak memory in MB."""

    def __init__(self, home, github, *arguments):
        environment = {
            "PATH": os.environ["PATH"],
            "GITHUB_API_URL": github.url,
            "GITHUB_TOKEN": TOKEN,
            "GITHUB_COOLOFFTIME": "0",
            "GITHUB_QUOTA_SHARE": "1",
            "PYFA_HOME": str(home / "home"),
        }
        home.mkdir(parents=True, exist_ok=True)
        # The fake's clock is behind ours.
        (home / "activity.toml").write_text(
            'organisations = ["org"]\nfirst_days = 3650\nclosed_days = 3650\n'
        )
        command = [bench_kit.RELEASE / "pyfa", "-q", "activity", *arguments, "--format", "json"]
        self.peak = 0
        started = time.monotonic()
        with open(home / "report.json", "w+", encoding="utf-8") as report:
            process = subprocess.Popen(command, cwd=home, env=environment, stdout=report)
            watch = threading.Thread(target=self.watch, args=(process,))
            watch.start()
            process.wait()
            self.seconds = time.monotonic() - started
            watch.join()
            if process.returncode != 0:
                sys.exit(f"scripts/bench: pyfa activity ended with {process.returncode}")
            report.seek(0)
            self.report = json.load(report)

    def watch(self, process):
        while process.returncode is None:
            try:
                self.peak = max(self.peak, memory_of(process.pid, "VmHWM"))
            except (OSError, StopIteration):
                pass
            time.sleep(0.02)


def bare_loop(github, paths):
    """Seconds of a bare loop of the same requests, one after the other, as GitHub wishes."""
    command = [bench_kit.RELEASE / "examples" / "bare_loop", github.url, "1", paths, TOKEN]
    output = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    requests, seconds = output.split()
    return int(requests), float(seconds)


def backfill(table, issues, folder):
    with GitHub(issues, 365, LATENCY) as github:
        home = folder / "backfill"
        period = ("--since", SINCE, "--until", UNTIL)
        run = Activity(home, github, "backfill", *period)
        paths = folder / "github-paths"
        github.ask(f"paths {paths}")
        requests, floor = bare_loop(github, paths)
    report = run.report
    if report["timelines"] != issues:
        sys.exit(f"scripts/bench: {report['timelines']} of {issues} timelines were read")
    share = floor / run.seconds
    table.add(
        f"back-fill of {REPOSITORIES} repositories, {issues:,} issues, {issues * EVENTS:,} events "
        f"and more, {LATENCY} ms per answer",
        f"{requests / run.seconds:,.0f} requests/s, {run.seconds:.1f} s",
        f"bare loop {requests / floor:,.0f}/s, {floor:.1f} s",
        f"{share:.2f}", "≥ 0.8", share >= 0.8,
    )  # fmt: skip
    table.add(
        f"peak memory of the same ({report['timelines']:,} timelines)",
        f"{run.peak:.0f} MB", "", "", "< 200 MB", run.peak < 200,
    )  # fmt: skip


def kinds(paths):
    """How many requests there were of each kind."""
    counts = {}
    for path in paths:
        parts = urllib.parse.urlsplit(path).path.strip("/").split("/")
        if parts[0] == "repos":
            kind = "/".join(parts[3:]) or "repository"
            kind = "timeline" if kind.endswith("timeline") else kind
        else:
            kind = parts[-1]
        counts[kind] = counts.get(kind, 0) + 1
    return counts


def unchanged(table, issues, folder):
    with GitHub(issues, 1) as github:
        home = folder / "unchanged-activity"
        for arguments in (("sync",), ("sync", "--schedule", "events")):
            Activity(home, github, *arguments)
        github.ask("advance 600")
        Activity(home, github, "sync", "--schedule", "events")
        github.ask("reset")
        run = Activity(home, github, "sync", "--schedule", "events")
        counts = github.ask("counts")
        file = folder / "unchanged-paths"
        github.ask(f"paths {file}")
        ours = counts["requests"]
        listed = ", ".join(f"{count} {kind}" for kind, count in kinds(file.read_text().split()).items())
        only_304 = set(counts["statuses"]) <= {"304"}
        table.add(
            f"a sync of events every 10 minutes, {issues:,} issues changed within a day, none since",
            f"{ours} requests ({listed}), {run.seconds:.2f} s",
            "", "", "only 304", only_304,
        )  # fmt: skip
        theirs = one_by_one(github)
        table.add(
            "the same, each item by itself (search, and a conditional request for each timeline)",
            f"{ours} requests", f"{theirs:,} requests", f"{ours / theirs:.2f}", "≤ 0.2",
            ours <= theirs / 5,
        )  # fmt: skip


def one_by_one(github):
    """The requests of a program that searches for what has changed since yesterday, and asks for each
    timeline by itself, page by page, with the entity tags of its last run; when nothing has changed."""
    address = urllib.parse.urlsplit(github.url)
    connection = http.client.HTTPConnection(address.hostname, address.port, timeout=PATIENCE)
    tags, requests = {}, 0

    def get(path, tag=None):
        nonlocal requests
        requests += 1
        headers = {"Authorization": f"Bearer {TOKEN}", "User-Agent": "bench"}
        connection.request("GET", path, headers=headers | ({"If-None-Match": tag} if tag else {}))
        answer = connection.getresponse()
        body = answer.read()
        if answer.status not in (200, 304):
            sys.exit(f"scripts/bench: {path} is answered with {answer.status}")
        return answer, body

    yesterday = datetime.date(2025, 12, 31)
    for _ in range(2):
        requests = 0
        for number in range(REPOSITORIES):
            for kind in ("is:issue", "is:pr"):
                query = f"repo:org/project-{number:02} {kind} updated:>={yesterday}"
                page, read = 1, 0
                while True:
                    words = urllib.parse.urlencode({"q": query, "per_page": 100, "page": page})
                    found = json.loads(get(f"/search/issues?{words}")[1])
                    read += len(found["items"])
                    for item in found["items"]:
                        path = urllib.parse.urlsplit(item["timeline_url"]).path + "?per_page=100"
                        answer, _ = get(path, tags.get(path))
                        if answer.status == 200:
                            tags[path] = answer.getheader("etag")
                    if read >= found["total_count"] or not found["items"]:
                        break
                    page += 1
    return requests


def activity(table, _, folder, issues):
    backfill(table, issues, folder)
    unchanged(table, min(issues, 2_000), folder)
