#!/usr/bin/env bash
# Gradescope runs this once, when it builds the autograder's image: Python, the locked packages, the release.
set -euo pipefail
ROOT="${AUTOGRADER_ROOT:-/autograder}"
COURSE="${AUTOGRADER_COURSE:-$ROOT/source/course}"
VENV="${AUTOGRADER_VENV:-$ROOT/venv}"
HOMEWORK="@HOMEWORK@"
TORCH_INDEX="@TORCH_INDEX@"

if command -v apt-get >/dev/null 2>&1; then
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq
    # bubblewrap confines student code, where the container allows it.
    apt-get install -y -qq --no-install-recommends bubblewrap python3-venv python3-pip
fi

# Python 3.11 or newer; where the image has only an older one, uv brings its own.
PYTHON=""
for candidate in python3.13 python3.12 python3.11 python3; do
    if command -v "$candidate" >/dev/null 2>&1 &&
        "$candidate" -c 'import sys, venv; sys.exit(sys.version_info < (3, 11))'; then
        PYTHON="$candidate"
        break
    fi
done
if [ -n "$PYTHON" ]; then
    "$PYTHON" -m venv "$VENV"
else
    python3 -m venv "$ROOT/uv"
    "$ROOT/uv/bin/python" -m pip install --quiet uv
    # Not below root's home: student code runs as another user and must be able to read Python.
    UV_PYTHON_INSTALL_DIR="$ROOT/python" "$ROOT/uv/bin/uv" venv --quiet --seed --python 3.11 "$VENV"
fi

cd "$COURSE"
if [ -n "$TORCH_INDEX" ]; then
    "$VENV/bin/python" -m pip install --quiet --index-url "$TORCH_INDEX" \
        $(grep -E '^(torch|torchvision)==' requirements.lock)
fi
"$VENV/bin/python" -m pip install --quiet -r requirements.lock -c constraints-cuda.lock
"$VENV/bin/python" -m pip install --quiet --no-deps --editable .

# The gradebook that hidden tests are read from is made here; none travels in the zip.
"$VENV/bin/course" release "$HOMEWORK"
# What a student's program must not read, should a layer of the confinement be missing in this container.
chmod -R go= assignments source autograder/hidden_tests gradebook.db
