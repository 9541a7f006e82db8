"""The scenario `npm` of `scripts/bench`: the program against the fake npm registry of the test kit."""

from bench_kit import WORKERS, Registry, Run, Typesense, median

PACKAGES = 2_000
# What an answer takes, in milliseconds.
LATENCY = 20
# Packages whose documents have so many million bytes, as the largest of the real registry do.
LARGE, LARGE_SIZE = 3, 40


def npm_run(folder, registry, typesense, target, mode):
    settings = {"NPM_BASE_URL": registry.url, "NPM_MAX_WORKERS": str(WORKERS)}
    options = (mode, "-p", "plone")
    return Run(folder, registry, typesense, target, *options, settings=settings, verb="npm")


def npm(table, rounds, folder):
    options = ("--preset", "npm", "--projects", PACKAGES, "--latency-ms", LATENCY)
    with Registry(*options) as registry, Typesense() as typesense:
        first, second = [], []
        for turn in range(rounds):
            target, home = f"npm{turn}", folder / f"npm{turn}"
            first.append(npm_run(home, registry, typesense, target, "-f"))
            second.append(npm_run(home, registry, typesense, target, "-i"))
            typesense.drop(target)
        for what, runs in (("first run", first), ("second run, nothing changed", second)):
            http = runs[-1].report["http"]
            requests = sum(http["requests"].values())
            least, ours = requests * LATENCY / 1000 / WORKERS, median(run.seconds for run in runs)
            table.ratio(
                f"npm, {PACKAGES:,} packages with {LATENCY} ms per answer: {what}",
                f"{ours:.2f} s",
                f"{requests:,} × {LATENCY} ms ÷ {WORKERS} = {least:.2f} s",
                ours / least,
                1.3,
            )
        unchanged = second[-1].report["projects"]["unchanged"]
        known = first[-1].report["projects"]["matched"]
        table.add(
            "npm, second run: packages answered without a document",
            f"{unchanged:,}", f"{known:,}", "", "all", unchanged >= known,
        )  # fmt: skip
    options = ("--preset", "npm", "--projects", 0, "--large", LARGE, "--large-mb", LARGE_SIZE)
    with Registry(*options) as registry, Typesense() as typesense:
        run = npm_run(folder / "large", registry, typesense, "npm-large", "-f")
        table.add(
            f"npm, peak memory, {LARGE} documents of {LARGE_SIZE} MB ({run.seconds:.0f} s)",
            f"{run.peak:.0f} MB", "", "", "< 250 MB", run.peak < 250,
        )  # fmt: skip
