#!/usr/bin/env python3
"""Runs the project and its peers on the same work, one after another, and prints the ratios.

    tests/peers/compare.py epoch        # seconds an epoch of the standard workload
    tests/peers/compare.py gemm         # GFLOP/s at each shape, against OpenBLAS and the FMA peak
    tests/peers/compare.py batchnorm    # microseconds of BatchNorm backward, against PyTorch
    --build DIR (build)   --data DIR (DIR/data/mnist)   --threads N (2)   --rounds N (3)

A peer that is not installed is said and left out. See README.md for what each needs.
"""
import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
CACHE = os.path.join(tempfile.gettempdir(), "gradus-peers")


def environment(threads):
    return dict(os.environ, OPENBLAS_CORETYPE="SkylakeX", ATEN_CPU_CAPABILITY="avx512", OMP_WAIT_POLICY="PASSIVE",
                OMP_NUM_THREADS=str(threads), OPENBLAS_NUM_THREADS=str(threads))


def output(command, threads):
    done = subprocess.run(command, env=environment(threads), capture_output=True, text=True)
    if done.returncode:
        print(f"  left out: {' '.join(command[:3])}: {(done.stderr or done.stdout).strip().splitlines()[-1:]}", file=sys.stderr)
        return None
    return done.stdout


def compiled(source, *flags):
    os.makedirs(CACHE, exist_ok=True)
    binary = os.path.join(CACHE, os.path.splitext(source)[0])
    path = os.path.join(HERE, source)
    if not os.path.exists(binary) or os.path.getmtime(binary) < os.path.getmtime(path):
        tool = "g++" if source.endswith("cpp") else "gcc"
        if subprocess.run([tool, "-O3", "-march=native", path, "-o", binary, *flags], capture_output=True).returncode:
            return None
    return binary


def epoch_seconds(text):
    """The median of all epochs but the first, which warms caches and pools."""
    times = [float(t) for t in re.findall(r"^epoch \d+ ([\d.]+) s", text or "", re.M)]
    return statistics.median(times[1:] or times) if times else None


def project_epoch(a):
    with tempfile.TemporaryDirectory() as folder:
        metrics = os.path.join(folder, "metrics.jsonl")
        command = [f"{a.build}/examples/train_mnist", "--data-dir", a.data, "--hidden", "256,128", "--batch-size", "128",
                   "--optimizer", "adam", "--lr", "1e-3", "--schedule", "constant", "--dropout", "0", "--label-smoothing", "0",
                   "--weight-decay", "0", "--epochs", "4", "--seed", "1",
                   "--threads", str(a.threads), "--metrics", metrics, "--quiet"]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        rows = [json.loads(line) for line in open(metrics)]
    return statistics.median(r["train_seconds"] for r in rows[1:]), rows[-1]["test_accuracy"]


def epoch(a):
    peers = {}
    dlib = compiled("dlib_mnist.cpp", "-ldlib", "-lopenblas", "-pthread")
    for threads in sorted({1, a.threads}):
        peers[f"PyTorch, {threads} thread(s)"] = (["/usr/bin/python3", f"{HERE}/torch_mnist.py", "--data", a.data, "--threads", str(threads), "--epochs", "3"], threads)
        peers[f"NumPy, {threads} thread(s)"] = (["/usr/bin/python3", f"{HERE}/numpy_mnist.py", "--data", a.data, "--epochs", "3"], threads)
        if dlib:
            peers[f"dlib, {threads} thread(s)"] = ([dlib, a.data, "2"], threads)
    ours, theirs, accuracy = [], {name: [] for name in peers}, None
    for _ in range(a.rounds):
        seconds, accuracy = project_epoch(a)
        ours.append(seconds)
        for name, (command, threads) in peers.items():
            if theirs[name] is not None:
                seconds = epoch_seconds(output(command, threads))
                theirs[name] = None if seconds is None else theirs[name] + [seconds]
    mine = statistics.median(ours)
    peak = compiled("fma_peak.c")
    print(f"project, {a.threads} thread(s): {mine:.3f} s an epoch, test accuracy {100 * accuracy:.2f} %")
    if peak:
        # forward + weight gradients of every layer + input gradients of all layers but the first
        flop = 60000 * 2 * (2 * (784 * 256 + 256 * 128 + 128 * 10) + 256 * 128 + 128 * 10)
        bound = flop / (float(output([peak], 1)) * 1e9 * a.threads)
        print(f"FMA bound, {a.threads} thread(s): {bound:.3f} s; project / bound = {mine / bound:.2f}")
    best = None
    for name, times in theirs.items():
        if times:
            ratio = statistics.median(times) / mine
            best = ratio if best is None else min(best, ratio)
            print(f"{name}: {statistics.median(times):.3f} s; project is {ratio:.2f} times as fast")
    if best:
        print(f"RATIO {best:.2f} (the fastest peer's time / the project's)")


def gemm(a):
    """Needs `benchmark gemm --threads N --json FILE`: a JSON object a line with form, m, n, k, gflops.

    gflops is the mean over at least half a second of calls, packing inside the clock: single best calls mislead here.
    """
    blas = compiled("blas_gemm.c", "-lopenblas")
    peak = float(output([compiled("fma_peak.c")], 1)) * a.threads
    ours, theirs = {}, {}
    for _ in range(a.rounds):
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run([f"{a.build}/examples/benchmark", "gemm", "--threads", str(a.threads), "--json", f"{folder}/j"], check=True, stdout=subprocess.DEVNULL)
            for line in open(f"{folder}/j"):
                r = json.loads(line)
                ours.setdefault((r["form"], r["m"], r["n"], r["k"]), []).append(r["gflops"])
        for row in re.findall(r"(\w\w) m=(\d+) n=(\d+) k=(\d+) best [\d.]+ mean ([\d.]+)", output([blas], a.threads) or "") if blas else []:
            theirs.setdefault((row[0], *map(int, row[1:4])), []).append(float(row[4]))
    ratios, missing = [], sorted(set(theirs) - set(ours))
    for key, values in theirs.items():
        if key in ours:
            mine, other = statistics.median(ours[key]), statistics.median(values)
            ratios.append(mine / other)
            print(f"{key[0]} {key[1]:5d}x{key[2]:5d}x{key[3]:5d}: {mine:7.1f} GFLOP/s, {100 * mine / peak:5.1f} % of peak, {mine / other:.2f} of OpenBLAS")
    if missing:
        sys.exit(f"the benchmark lacks {missing}")
    print(f"RATIO {statistics.geometric_mean(ratios):.2f} (geometric mean against OpenBLAS), worst {min(ratios):.2f}")


def batchnorm(a):
    """Needs `benchmark batchnorm --threads N --json FILE`: a line a shape with n, c, staged_us, simplified_us, fused_us, copy_us
    (each the best of seven rounds' means, as in torch_batchnorm.py)."""
    text, ours = output(["/usr/bin/python3", f"{HERE}/torch_batchnorm.py", str(a.threads)], a.threads), {}
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([f"{a.build}/examples/benchmark", "batchnorm", "--threads", str(a.threads), "--json", f"{folder}/j"], check=True, stdout=subprocess.DEVNULL)
        for line in open(f"{folder}/j"):
            r = json.loads(line)
            ours[(r["n"], r["c"])] = r
    for n, c, built_in in re.findall(r"\[(\d+), (\d+)\].*?built-in backward ([\d.]+)", text or ""):
        r = ours.get((int(n), int(c)))
        if r:
            print(f"[{n}, {c}] fused {r['fused_us']:.1f} us: {r['staged_us'] / r['fused_us']:.1f} times the staged form, "
                  f"{float(built_in) / r['fused_us']:.1f} times PyTorch's built-in backward, {r['fused_us'] / r['copy_us']:.1f} copies")


p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
p.add_argument("what", choices=["epoch", "gemm", "batchnorm"])
p.add_argument("--build", default="build")
p.add_argument("--data")
p.add_argument("--threads", type=int, default=2)
p.add_argument("--rounds", type=int, default=3)
args = p.parse_args()
args.data = args.data or f"{args.build}/data/mnist"
{"epoch": epoch, "gemm": gemm, "batchnorm": batchnorm}[args.what](args)
