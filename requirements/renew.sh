#!/bin/sh
# Writes ../requirements*.txt from the *.in beside this file, with uv (requirements-dev.txt has it): sh requirements/renew.sh
# What is not named in a *.in keeps its version; with --upgrade it gets the newest that fits.
# Each file holds for Python from 3.11 on and for every system, and takes the versions that the one before it has.
set -eu
cd "$(dirname "$0")/.."
lock() {
  name=$1 out=$2
  shift 2
  uv pip compile --quiet --universal --python-version 3.11 --no-emit-index-url \
    --custom-compile-command "sh requirements/renew.sh" "requirements/$name.in" --output-file "$out" "$@"
}
# A Space installs requirements.txt together with packages of its own, which pip refuses once one line has a hash.
lock app requirements.txt --annotation-style line "$@"
lock app requirements-app.txt --generate-hashes --no-annotate --constraint requirements.txt
lock dev requirements-dev.txt --generate-hashes --no-annotate --constraint requirements.txt "$@"
lock train requirements-train.txt --generate-hashes --no-annotate --constraint requirements-dev.txt
lock train-gpu requirements-train-gpu.txt --generate-hashes --no-annotate --constraint requirements-dev.txt "$@"
