"""Runs a program in PyTorch, and fails if the threads of its process group are still there behind its last line.

python3 run_and_end.py PROGRAM FLAGS...

A thread that Python's end overtakes may abort the process, once in many runs.
"""

import os
import runpy
import sys

sys.argv = sys.argv[1:]
kept = runpy.run_path(sys.argv[0], run_name="__main__")  # with all its variables, as at a program's end
names = [open(f"/proc/self/task/{thread}/comm").read().strip() for thread in os.listdir("/proc/self/task")]
left = [name for name in names if "gloo" in name]
sys.exit(f"threads at the end: {left}" if left else 0)
