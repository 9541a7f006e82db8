"""What `scripts/bench` and its siblings measure with: servers of the test kit, runs of the program, loads, a table."""

import contextlib
import datetime
import http.server
import json
import os
import pathlib
import random
import re
import shutil
import socket
import statistics
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.parse
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent
TARGET = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")).resolve()
RELEASE = TARGET / "release"
# Requests in flight, for everybody who asks the registry.
WORKERS = 16
# All servers are on this machine: no proxy stands before them.
OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))
# Seconds without a byte after which a server is given up.
PATIENCE = 600
# What the program sends in one import, at most.
IMPORT_BYTES = 4 << 20
# What makes a collection like another one.
SCHEMA = ("fields", "default_sorting_field", "enable_nested_fields", "token_separators")


def median(values):
    return statistics.median(values)


def ratio(pairs):
    """The median of what each turn's own floor makes of it."""
    return median(ours / floor for ours, floor in pairs)


class Table:
    def __init__(self):
        self.rows = []

    def add(self, scenario, ours, floor, value, bound, met):
        row = (scenario, ours, floor, value, bound, "yes" if met else "NO")
        self.rows.append(row)
        print("  " + " | ".join(row), file=sys.stderr, flush=True)

    def ratio(self, scenario, ours, floor, value, most):
        self.add(scenario, ours, floor, f"{value:.2f}", f"≤ {most}", value <= most)

    def show(self):
        heads = ("scenario", "ours", "floor", "ratio", "bound", "met")
        print("\n| " + " | ".join(heads) + " |")
        print("|" + "---|" * len(heads))
        for row in self.rows:
            print("| " + " | ".join(row) + " |")


class Server:
    """A program of the test kit: its first line says where it is, it ends with its stdin."""

    def __init__(self, *command):
        command = [str(word) for word in command]
        self.process = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.address = self.process.stdout.readline().split()
        if not self.address:
            sys.exit(f"scripts/bench: {command[0]} did not start")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait()


class Registry(Server):
    def __init__(self, *options):
        super().__init__(RELEASE / "fake-registry", *options)
        self.url = self.address[0]

    def ask(self, command):
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def names(self):
        accept = {"Accept": "application/vnd.pypi.simple.v1+json"}
        request = urllib.request.Request(f"{self.url}/simple/", headers=accept)
        with OPENER.open(request, timeout=PATIENCE) as answer:
            return [project["name"] for project in json.load(answer)["projects"]]


class Typesense(Server):
    def __init__(self):
        super().__init__(RELEASE / "typesense-server")
        self.url, self.key, self.process_id = self.address
        self.copies = 0

    def request(self, method, path, body=None):
        headers = {"X-TYPESENSE-API-KEY": self.key, "Content-Type": "text/plain"}
        request = urllib.request.Request(
            self.url + path, data=body, method=method, headers=headers
        )
        with OPENER.open(request, timeout=PATIENCE) as answer:
            return answer.read()

    def documents(self, target, fields=()):
        query = urllib.parse.urlencode({"include_fields": ",".join(fields)}) if fields else ""
        return self.request("GET", f"/collections/{target}/documents/export?{query}").split(b"\n")

    def drop(self, target):
        self.request("DELETE", f"/collections/{target}-1")
        self.request("DELETE", f"/aliases/{target}")

    def import_plainly(self, schema, lines, batch=None):
        """Seconds for a plain import into a fresh collection, in one request or in batches."""
        self.copies += 1
        name = f"plain-{self.copies}"
        copy = {key: schema[key] for key in SCHEMA if key in schema} | {"name": name}
        self.request("POST", "/collections", json.dumps(copy).encode())
        seconds = self.import_lines(name, lines, batch or len(lines))
        self.request("DELETE", f"/collections/{name}")
        return seconds

    def fill(self, target, schema, documents):
        """An alias and a collection with these documents, as a run of the program leaves them;
        says how many bytes they have."""
        copy = {key: schema[key] for key in SCHEMA if key in schema} | {"name": f"{target}-1"}
        self.request("POST", "/collections", json.dumps(copy).encode())
        body = json.dumps({"collection_name": f"{target}-1"}).encode()
        self.request("PUT", f"/aliases/{target}", body)
        size, lines = 0, []
        for document in documents:
            lines.append(json.dumps(document).encode())
            size += len(lines[-1])
            if len(lines) == 2_000:
                self.import_lines(f"{target}-1", lines, len(lines))
                lines.clear()
        self.import_lines(f"{target}-1", lines, 2_000)
        return size

    def import_lines(self, name, lines, size, action="create"):
        """Seconds for an import in batches."""
        bodies = [b"\n".join(lines[at : at + size]) for at in range(0, len(lines), size)]
        started = time.monotonic()
        for body in bodies:
            path = f"/collections/{name}/documents/import?action={action}"
            if b'"success":false' in self.request("POST", path, body):
                sys.exit("scripts/bench: the plain import was refused")
        return time.monotonic() - started

    def export(self, target, filter_by=""):
        """Seconds for an export of whole documents, which are dropped as they come."""
        query = urllib.parse.urlencode({"filter_by": filter_by} if filter_by else {})
        url = f"{self.url}/collections/{target}/documents/export?{query}"
        request = urllib.request.Request(url, headers={"X-TYPESENSE-API-KEY": self.key})
        started = time.monotonic()
        with OPENER.open(request, timeout=PATIENCE) as answer:
            while answer.read(1 << 20):
                pass
        return time.monotonic() - started

    def schema(self, target):
        return json.loads(self.request("GET", f"/collections/{target}"))

    def resident(self):
        return memory_of(self.process_id, "VmRSS")


class Local(Typesense):
    """A program of ours in a folder, spoken to as the other server is."""

    KEY = "0123456789abcdef0123456789abcdef"

    def __init__(self, folder):
        self.copies, self.key = 0, self.KEY
        self.data = folder / type(self).__name__.lower()
        self.data.mkdir()
        self.start()

    def start(self):
        """Starts the program and says how many milliseconds its first answer took."""
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        environment = {"PATH": os.environ["PATH"], "TYPESENSE_API_KEY": self.key}
        started = time.monotonic()
        self.process = subprocess.Popen(
            self.command(port), cwd=self.data.parent, env=environment, stdout=subprocess.DEVNULL
        )
        self.process_id = self.process.pid
        path = f"/collections/packages/documents/search?q=plone&query_by=name&per_page=1"
        while self.process.poll() is None:
            try:
                self.request("GET", path)
                break
            except urllib.error.HTTPError:
                # It answers, if only that nothing is there yet.
                break
            except OSError:
                time.sleep(0.002)
        return (time.monotonic() - started) * 1e3

    def end(self):
        self.process.terminate()
        self.process.wait()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end()


class Embedded(Local):
    """The embedded engine, as `pyfa serve` serves it."""

    program = RELEASE / "pyfa"

    def command(self, port):
        return [self.program, "serve", "--listen", f"127.0.0.1:{port}", "--data", self.data]


def before(program):
    """The same of another build of the program."""
    return type("Before", (Embedded,), {"program": pathlib.Path(program).resolve()})


def originals(server, folder):
    """The documents of the sample and the schema of their collections; the server keeps them."""
    environment = {
        "PATH": os.environ["PATH"],
        "TYPESENSE_HOST": "127.0.0.1",
        "TYPESENSE_PORT": server.url.rsplit(":", 1)[1],
        "TYPESENSE_API_KEY": server.key,
        "PYFA_HOME": str(folder / "home"),
    }
    command = [RELEASE / "pyfa", "-q", "up", "--sample", "--no-serve"]
    subprocess.run(command, cwd=folder, env=environment, check=True, stdout=subprocess.DEVNULL)
    found = []
    for profile in ("plone", "django", "flask"):
        found += [json.loads(line) for line in server.documents(profile)]
    schema = server.schema("plone")
    return found, {key: schema[key] for key in SCHEMA if key in schema}


def multiplied(found, count):
    """`count` documents, each other than the rest, always the same ones."""
    chance = random.Random(7)
    paragraphs = [
        paragraph
        for one in found
        for paragraph in one.get("main_content", "").split("\n")
        if len(paragraph) > 40
    ]
    for number in range(count):
        one = dict(found[number % len(found)])
        package, release = divmod(number, 20)
        one["id"] = f"{one['name']}-{package}-{release}"
        one["name"] = f"{one['name']}-{package}"
        one["version"] = f"{release}.{package % 10}"
        one["is_latest"] = release == 19
        if "name_sortable" in one:
            one["name_sortable"] = one["name"].lower()
        for field in ("main_content", "description"):
            if field in one:
                wanted, text = len(one[field]), []
                while sum(map(len, text)) < wanted:
                    text.append(chance.choice(paragraphs))
                one[field] = "\n".join(text)
        yield json.dumps(one, ensure_ascii=True).encode()


def bodies(documents):
    body, size = [], 0
    for line in documents:
        body.append(line)
        size += len(line)
        if size >= IMPORT_BYTES:
            yield b"\n".join(body)
            body, size = [], 0
    if body:
        yield b"\n".join(body)


class Texts:
    """Words as people type them, out of the texts of documents."""

    def __init__(self, found, chance):
        texts = (re.findall(r"[a-z]{3,12}", one.get("main_content", "").lower()) for one in found)
        self.texts, self.chance = [words for words in texts if len(words) > 20], chance

    def words(self, count):
        some = self.chance.choice(self.texts)
        at = self.chance.randrange(len(some) - count)
        return " ".join(some[at : at + count])

    def misspelt(self, word):
        at = self.chance.randrange(1, len(word) - 1)
        return word[:at] + self.chance.choice("abcdefghijklmnopqrstuvwxyz") + word[at + 1 :]


def searched(server, folder, path, connections, seconds):
    """What benches/search_load.rs measures with the searches of a file."""
    key = folder / "key"
    key.write_text(server.key)
    command = [RELEASE / "examples" / "search_load", server.url, key, path]
    command += [str(connections), str(seconds)]
    output = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    return json.loads(output)


class ClickHouse:
    """Answers a number for every package it is asked about."""

    def __enter__(self):
        self.downloads = 0

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(handler):
                handler.rfile.read(int(handler.headers["content-length"]))
                query = urllib.parse.parse_qs(urllib.parse.urlsplit(handler.path).query)
                names = query["param_names"][0].strip("[]").replace("'", "").split(",")
                rows = "\n".join(json.dumps(self.row(name)) for name in names).encode()
                handler.send_response(200)
                handler.send_header("content-length", str(len(rows)))
                handler.end_headers()
                handler.wfile.write(rows)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}/"
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()

    def row(self, name):
        numbers = dict.fromkeys(("last_day", "last_week", "last_month", "total"), self.downloads)
        return {"project": name, "as_of": str(datetime.date.today()), **numbers}


def memory_of(process_id, kind):
    """Memory of a process in MB, as the system counts it: resident now, or its peak."""
    status = pathlib.Path(f"/proc/{process_id}/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith(kind))
    return int(line.split()[1]) * 1024 / 1e6


class Run:
    """One run of the program: its report, seconds and peak memory in MB."""

    def __init__(
        self, home, registry, typesense, target, *arguments, settings=None, verb="pypi",
        program=RELEASE / "pyfa",
    ):
        environment = {
            "PATH": os.environ["PATH"],
            "TYPESENSE_HOST": "127.0.0.1",
            "TYPESENSE_PORT": typesense.url.rsplit(":", 1)[1],
            "TYPESENSE_API_KEY": typesense.key,
            "PYPI_BASE_URL": registry.url,
            "PYPI_MAX_WORKERS": str(WORKERS),
            "PYFA_HOME": str(home / "home"),
            **(settings or {}),
        }
        home.mkdir(parents=True, exist_ok=True)
        command = [program, "-q", verb, *arguments, "-t", target, "--format", "json"]
        started = time.monotonic()
        with open(home / "report.json", "w+", encoding="utf-8") as report:
            process = subprocess.Popen(command, cwd=home, env=environment, stdout=report)
            watch = threading.Thread(target=self.watch, args=(process,))
            watch.start()
            process.wait()
            self.seconds = time.monotonic() - started
            watch.join()
            report.seek(0)
            if process.returncode != 0:
                sys.exit(f"scripts/bench: pyfa ended with {process.returncode}")
            self.report = json.load(report)
        self.written = self.report["documents"]["written"]

    def watch(self, process):
        """Follows the peak; what the system reports at the end includes this script's memory."""
        self.peak = 0
        while process.returncode is None:
            with contextlib.suppress(OSError, StopIteration):
                self.peak = max(self.peak, memory_of(process.pid, "VmHWM"))
            time.sleep(0.02)


def bare_loop(registry, paths=None):
    """Requests and seconds of a bare loop of the same HTTP client."""
    command = [RELEASE / "examples" / "bare_loop", registry.url, str(WORKERS)]
    command += [paths] if paths else []
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    requests, seconds = output.split()
    return int(requests), float(seconds)


def wrk(registry, paths):
    """Requests per second of wrk over these paths; `None` without wrk."""
    if not shutil.which("wrk"):
        return None
    script = paths.with_suffix(".lua")
    script.write_text(
        f"local paths = {{}}\nfor line in io.lines('{paths}') do paths[#paths + 1] = line end\n"
        "local at = 0\nrequest = function()\n  at = at % #paths + 1\n"
        "  return wrk.format('GET', paths[at])\nend\n"
    )
    command = ["wrk", "-t2", f"-c{WORKERS}", "-d3s", "-s", script, registry.url]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    if "Non-2xx" in output or "Socket errors" in output:
        sys.exit(f"scripts/bench: the registry did not answer wrk well:\n{output}")
    line = next(line for line in output.splitlines() if line.startswith("Requests/sec"))
    return float(line.split()[1])
