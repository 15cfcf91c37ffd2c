#!/usr/bin/env python3
"""Whether the compiler made of the fast kernels what was meant.

    python3 tests/core/kernels/tile_loop.py FOLDER ROWS [LANES]    (of the objects of a level; rows of a tile, lanes of
                                                                    a vector: 6 and 8 with AVX2, 14 and 16 with AVX-512)

The matrix product's innermost loop is multiply-adds, a broadcast for each row, two loads, and a few instructions that
count and address; what is prefetched to be written is fetched as such; and no function multiplies and adds a vector
lane by lane, which is g++'s mistake: without LANES it is not looked for.
"""

import pathlib
import re
import subprocess
import sys

folder, rows = pathlib.Path(sys.argv[1]), int(sys.argv[2])
lanes = int(sys.argv[3]) if len(sys.argv) > 3 else None


def functions(path):
    """Name and code, a list of (address, text), of each function in an object."""
    listing = subprocess.run(["objdump", "-dC", "--no-show-raw-insn", path], capture_output=True, text=True, check=True).stdout
    for name, body in re.findall(r"^[0-9a-f]+ <(.*)>:\n((?:[ \t].*\n?)*)", listing, re.M):
        yield name, [(int(m[1], 16), m[2]) for m in re.finditer(r"^\s*([0-9a-f]+):\t(.*)$", body, re.M)]


def others_in_tile():
    """What the loops of whole tiles have besides multiply-adds: how many vector instructions, and how many others."""
    others = []
    for _, code in functions(folder / "matmul.cpp.o"):
        jumps = [(address, int(m[1], 16)) for address, text in code if (m := re.match(r"j\w+\s+([0-9a-f]+)", text))]
        for address, target in jumps:
            # Loops without a jump inside that have as many multiply-adds as a whole tile. There are two, as a is read
            # in two ways, and others by chance: smaller tiles, unrolled.
            if target > address or any(target <= other < address for other, _ in jumps):
                continue
            body = [text for a, text in code if target <= a <= address]
            if sum(text.startswith("vfmadd") for text in body) == 2 * rows:
                vectors = sum(text.startswith("v") for text in body)
                others.append((vectors - 2 * rows, len(body) - vectors))
    return sorted(others)[:2]


others = others_in_tile()
print(f"tile of {rows} rows: {2 * rows} multiply-adds, and besides (vector instructions, others): {others}")
# Columns of a have one address; rows lie a step apart that is not known here. Two instructions more are enough for six
# of them, of 14 each has one of its own.
good = len(others) == 2 and all(vectors <= rows + 2 for vectors, _ in others)
good = good and all(scalars <= most for (_, scalars), most in zip(others, (6, 8 if rows == 6 else rows + 3)))

for kernel in ("matmul", "attention"):
    for_writing = sum(text.startswith("prefetchw") for _, code in functions(folder / f"{kernel}.cpp.o") for _, text in code)
    print(f"{kernel}: {for_writing} prefetches for writing")
    good = good and for_writing > 0

objects = sorted(folder.glob("*.o")) if lanes else []
apart = {}
for path in objects:
    for name, code in functions(path):
        count = sum(bool(re.match(r"vfn?m(add|sub)\d+s[sd]", text)) for _, text in code)
        if count > lanes:  # fewer may be what is left of a row
            apart[f"{path.name}: {name}"] = count
if lanes:
    good = good and len(objects) >= 10 and not apart
    print(f"{len(objects)} objects, {len(apart)} functions that take vectors apart")
for name, count in apart.items():
    print(f"  {count} multiply-adds of single numbers in {name[:160]}")
sys.exit(not good)
