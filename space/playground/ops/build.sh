#!/bin/sh
# The C of this folder -> ../engine/ops.wasm, with clang and wasm-ld of LLVM 14 (Debian 12: apt install clang lld).
# Without -ffast-math: the same bits on every machine are part of what the engine promises.
set -eu
cd "$(dirname "$0")"
made=$(mktemp -d)
trap 'rm -r "$made"' EXIT
for source in *.c; do
  ${CC:-clang} --target=wasm32 -O3 -msimd128 -ffreestanding -fno-math-errno -Wall -Wextra -c "$source" -o "$made/$source.o"
done
${LD:-wasm-ld} --no-entry --export=__heap_base --strip-all "$made"/*.o -o ../engine/ops.wasm
chmod 644 ../engine/ops.wasm  # wasm-ld makes it executable
