#!/bin/sh
# The C of this folder -> ../engine/ops.wasm, or the file that is named: sh build.sh [FILE]
# With clang and wasm-ld of LLVM 14 (Debian 12: apt install clang lld) it gives the bytes that are committed.
# Without -ffast-math: the same results on every machine are part of what the engine promises.
set -eu
made=$(mktemp -d)
trap 'rm -r "$made"' EXIT
here=$(dirname "$0")
out=${1:-$here/../engine/ops.wasm}
for source in "$here"/*.c; do
  clang --target=wasm32 -O3 -msimd128 -ffreestanding -fno-math-errno -Wall -Wextra -c "$source" -o "$made/$(basename "$source").o"
done
wasm-ld --no-entry --export=__heap_base --strip-all "$made"/*.o -o "$out"
chmod 644 "$out"  # wasm-ld makes it executable
