#!/usr/bin/env python3
"""Whether the matrix product's innermost loop is what it should be: multiply-adds, a broadcast for each row, two loads,
and hardly anything else. Compilers have replaced these by slower instructions before, at one level and not at another.

    python3 tests/core/kernels/tile_loop.py matmul.cpp.o ROWS        (rows of a tile: 6 with AVX2, 14 with AVX-512)
"""

import re
import subprocess
import sys

path, rows = sys.argv[1], int(sys.argv[2])
listing = subprocess.run(["objdump", "-d", "--no-show-raw-insn", path], capture_output=True, text=True, check=True).stdout
code = [(int(m[1], 16), m[2]) for m in re.finditer(r"^\s*([0-9a-f]+):\t(.*)$", listing, re.M)]
jumps = [(address, int(m[1], 16)) for address, text in code if (m := re.match(r"j\w+\s+([0-9a-f]+)", text))]

# Loops without a jump inside that have as many multiply-adds as a whole tile. There are two, as a is read in two ways,
# and others by chance: smaller tiles, unrolled.
others = []
for address, target in jumps:
    if target > address or any(target <= other < address for other, _ in jumps):
        continue
    body = [text for a, text in code if target <= a <= address]
    if sum(text.startswith("vfmadd") for text in body) == 2 * rows:
        others.append(len(body) - 2 * rows)
others = sorted(others)[:2]
print(f"tile of {rows} rows: {2 * rows} multiply-adds, and {others} other instructions")
sys.exit(len(others) < 2 or max(others) > rows + 2 + 6)
