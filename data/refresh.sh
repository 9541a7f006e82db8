#!/bin/sh
# Rewrites classifiers.txt and classifiers-deprecated.txt from the newest PyPI package
# `trove-classifiers`. Needs python3 with pip. Run it, read `git diff data`, run the tests.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

python3 -m pip install --quiet --no-deps --target "$folder" trove-classifiers
PYTHONPATH="$folder" python3 - "$here" <<'PYTHON'
import sys
from importlib.metadata import version
from pathlib import Path

from trove_classifiers import deprecated_classifiers, sorted_classifiers

folder = Path(sys.argv[1])
head = f"# trove-classifiers {version('trove-classifiers')}"
deprecated = ["\t".join([old, *new]) for old, new in sorted(deprecated_classifiers.items())]
for name, lines in [("classifiers.txt", sorted_classifiers), ("classifiers-deprecated.txt", deprecated)]:
    (folder / name).write_text("\n".join([head, *lines]) + "\n", encoding="utf-8")
PYTHON
