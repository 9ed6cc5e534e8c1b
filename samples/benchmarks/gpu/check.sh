#!/usr/bin/env bash
# Checks and times everything on a GPU, where there is Python with PyTorch and no Java: pack.sh makes the folder that is
# carried there. Ends in time with what it has seen: a table, and $OUT/check.json (OUT is check by default).
#
#   bash check.sh                          all, 480 seconds
#   bash check.sh --seconds 200 --sections comparisons passes
#   bash check.sh --device cpu             a rehearsal with small shapes
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
export PYTHONUNBUFFERED=1
exec "${PYTHON:-python3}" -W ignore "$here/check.py" "${PROGRAMS:-$here/programs}" --out "${OUT:-check}" "$@"
