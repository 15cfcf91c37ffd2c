#!/usr/bin/env python3
"""Runs gradus and its peers on the same work, one after another, and prints the ratios.

    tests/peers/compare.py epoch        # seconds an epoch of the standard workload
    tests/peers/compare.py gemm         # GFLOP/s at each shape, against OpenBLAS and the FMA peak
    tests/peers/compare.py batchnorm    # microseconds of BatchNorm backward, against PyTorch
    tests/peers/compare.py cnn          # seconds an epoch of the convolutional workload, against PyTorch (and JAX, --jax)
    tests/peers/compare.py names        # microseconds a step of the two letter workloads, against PyTorch and JAX
    --build DIR (build)   --data DIR (DIR/data/mnist)   --threads N (2)   --rounds N (3)

PyTorch, JAX and NumPy are taken where `setup` put them, else Debian's; PEER_PYTHON=... names another Python. A peer that
is not installed is named and left out. See README.md for what each needs.
"""
import argparse
import json
import os
import random
import re
import statistics
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
CACHE = os.path.join(tempfile.gettempdir(), "gradus-peers")
TODAY = os.path.join(CACHE, "venv", "bin", "python")
PYTHON = os.environ.get("PEER_PYTHON", TODAY if os.path.exists(TODAY) else "/usr/bin/python3")
AVX512 = "avx512f" in open("/proc/cpuinfo").read()


def environment(threads):
    own = dict(os.environ, OMP_WAIT_POLICY="PASSIVE", OMP_NUM_THREADS=str(threads), OPENBLAS_NUM_THREADS=str(threads),
               MKL_NUM_THREADS=str(threads))
    for name in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE"):
        own.pop(name, None)
    if AVX512:  # Debian's OpenBLAS and PyTorch do not know newer processors by themselves; NumPy's own OpenBLAS does
        own["ATEN_CPU_CAPABILITY"] = "avx512"
        if PYTHON == "/usr/bin/python3":
            own["OPENBLAS_CORETYPE"] = "SkylakeX"
    return own


def has(module):
    return subprocess.run([PYTHON, "-c", f"import {module}"], capture_output=True).returncode == 0


def torch_flags():
    """Adam in one kernel, from PyTorch 2.4 on."""
    done = subprocess.run([PYTHON, "-c", "import torch; print(*torch.__version__.split('.')[:2])"], capture_output=True, text=True)
    return ["--fused"] if done.returncode == 0 and tuple(map(int, done.stdout.split())) >= (2, 4) else []


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


def peak(threads):
    """GFLOP/s of fused multiply-adds."""
    return float(output([compiled("fma_peak.c")], 1)) * threads


def epoch_seconds(text):
    """The median of all epochs but the first, which warms caches and pools."""
    times = [float(t) for t in re.findall(r"^epoch \d+ ([\d.]+) s", text or "", re.M)]
    return statistics.median(times[1:] or times) if times else None


STANDARD = ["--hidden", "256,128"]
CONVOLUTIONAL = ["--model", "cnn", "--channels", "16,32", "--hidden", ""]


def our_epoch(a, network=STANDARD):
    with tempfile.TemporaryDirectory() as folder:
        metrics = os.path.join(folder, "metrics.jsonl")
        command = [f"{a.build}/examples/train_mnist", "--data-dir", a.data, *network, "--batch-size", "128",
                   "--optimizer", "adam", "--lr", "1e-3", "--schedule", "constant", "--dropout", "0", "--label-smoothing", "0",
                   "--weight-decay", "0", "--epochs", "4", "--seed", "1",
                   "--threads", str(a.threads), "--metrics", metrics, "--quiet"]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        rows = [json.loads(line) for line in open(metrics)]
    return statistics.median(r["train_seconds"] for r in rows[1:]), rows[-1]["test_accuracy"]


def epoch(a):
    peers = {}
    dlib = compiled("dlib_mnist.cpp", "-ldlib", "-lopenblas", "-pthread")
    fused, jax = torch_flags(), has("jax")
    for threads in sorted({1, a.threads}):
        peers[f"PyTorch, {threads} thread(s)"] = ([PYTHON, f"{HERE}/torch_mnist.py", "--data", a.data, "--threads", str(threads), "--epochs", "3", *fused], threads)
        if jax:
            peers[f"JAX, {threads} thread(s)"] = ([PYTHON, f"{HERE}/jax_mnist.py", "--data", a.data, "--threads", str(threads), "--epochs", "3"], threads)
        peers[f"NumPy, {threads} thread(s)"] = ([PYTHON, f"{HERE}/numpy_mnist.py", "--data", a.data, "--epochs", "3"], threads)
        if dlib:
            peers[f"dlib, {threads} thread(s)"] = ([dlib, a.data, "2"], threads)
    ours, theirs, accuracy = [], {name: [] for name in peers}, None
    for _ in range(a.rounds):
        seconds, accuracy = our_epoch(a)
        ours.append(seconds)
        for name, (command, threads) in peers.items():
            if theirs[name] is not None:
                seconds = epoch_seconds(output(command, threads))
                theirs[name] = None if seconds is None else theirs[name] + [seconds]
    mine = statistics.median(ours)
    print(f"gradus, {a.threads} thread(s): {mine:.3f} s an epoch, test accuracy {100 * accuracy:.2f} %")
    # forward + weight gradients of every layer + input gradients of all layers but the first
    flop = 60000 * 2 * (2 * (784 * 256 + 256 * 128 + 128 * 10) + 256 * 128 + 128 * 10)
    bound = flop / (peak(a.threads) * 1e9)
    print(f"FMA bound, {a.threads} thread(s): {bound:.3f} s; gradus / bound = {mine / bound:.2f}")
    best = None
    for name, times in theirs.items():
        if times:
            ratio = statistics.median(times) / mine
            best = ratio if best is None else min(best, ratio)
            print(f"{name}: {statistics.median(times):.3f} s; gradus is {ratio:.2f} times as fast")
    if best:
        print(f"RATIO {best:.2f} (the fastest peer's time / that of gradus)")


def gemm(a):
    """Needs `benchmark gemm --threads N --json FILE`: a JSON object a line with form, m, n, k, gflops.

    gflops is the mean over at least half a second of calls, packing inside the clock: single best calls mislead here.
    """
    blas = compiled("blas_gemm.c", "-lopenblas")
    limit = peak(a.threads)
    ours, theirs = {}, {}
    for _ in range(a.rounds):
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run([f"{a.build}/examples/benchmark", "gemm", "--threads", str(a.threads), "--json", f"{folder}/j"], check=True, stdout=subprocess.DEVNULL)
            for line in open(f"{folder}/j"):
                r = json.loads(line)
                ours.setdefault((r["form"], r["m"], r["n"], r["k"]), []).append(r["gflops"])
        core = ["env", "OPENBLAS_CORETYPE=SkylakeX"] if AVX512 else []  # it is Debian's
        for row in re.findall(r"(\w\w) m=(\d+) n=(\d+) k=(\d+) best [\d.]+ mean ([\d.]+)", output([*core, blas], a.threads) or "") if blas else []:
            theirs.setdefault((row[0], *map(int, row[1:4])), []).append(float(row[4]))
    ratios, missing = [], sorted(set(theirs) - set(ours))
    for key, values in theirs.items():
        if key in ours:
            mine, other = statistics.median(ours[key]), statistics.median(values)
            ratios.append(mine / other)
            print(f"{key[0]} {key[1]:5d}x{key[2]:5d}x{key[3]:5d}: {mine:7.1f} GFLOP/s, {100 * mine / limit:5.1f} % of peak, {mine / other:.2f} of OpenBLAS")
    if missing:
        sys.exit(f"the benchmark lacks {missing}")
    print(f"RATIO {statistics.geometric_mean(ratios):.2f} (geometric mean against OpenBLAS), worst {min(ratios):.2f}")


def batchnorm(a):
    """Needs `benchmark batchnorm --threads N --json FILE`: a line a shape with n, c, staged_us, simplified_us, fused_us, copy_us
    (each the best of seven rounds' means, as in torch_batchnorm.py)."""
    text, ours = output([PYTHON, f"{HERE}/torch_batchnorm.py", str(a.threads)], a.threads), {}
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


def cnn(a):
    """Needs `train_mnist --model cnn --channels 16,32 --hidden ""`: the net that torch_cnn.py describes."""
    peers = {"PyTorch": ["torch_cnn.py"], "PyTorch, channels last": ["torch_cnn.py", "--channels-last"]}
    if a.jax:  # minutes an epoch
        peers["JAX"] = ["jax_cnn.py"]
    ours, theirs = [], {name: [] for name in peers}
    for _ in range(a.rounds):
        seconds, accuracy = our_epoch(a, CONVOLUTIONAL)
        ours.append(seconds)
        for name, (program, *flags) in peers.items():
            seconds = epoch_seconds(output([PYTHON, f"{HERE}/{program}", "--data", a.data, "--threads", str(a.threads), "--epochs", "2", *flags], a.threads))
            if seconds:
                theirs[name].append(seconds)
    mine = statistics.median(ours)
    bound = 60000 * 5.965e-3 / peak(a.threads)  # 6 MFLOP an image
    print(f"gradus, {a.threads} thread(s): {mine:.3f} s an epoch, {mine / bound:.2f} times the bound of {bound:.2f} s, test accuracy {100 * accuracy:.2f} %")
    ratios = {name: statistics.median(t) / mine for name, t in theirs.items() if t}
    for name, ratio in ratios.items():
        print(f"{name}: {statistics.median(theirs[name]):.3f} s; gradus is {ratio:.2f} times as fast")
    print(f"RATIO {min(ratios.values()):.2f}")


def names(a):
    """The letters. Needs `names --model mlp|gpt --data FILE --steps N --threads N --metrics FILE`, whose last line has step_us and held_out_loss."""
    data = a.names or f"{os.path.dirname(a.build) or '.'}/examples/data/names.txt"
    peers = ["torch", "jax"] if has("jax") else ["torch"]
    # Forward, and twice that backward, of 32 examples: Linear 30 to 200 to 27; or as many places as
    # the longest of 32 names needs, its end included, through four blocks (projections 64 by 192, 64, 256 and 256,
    # scores and sums over these places) and the head.
    lengths, draw = [len(line.strip()) for line in open(data, encoding="utf-8") if line.strip()], random.Random(1)
    places = statistics.mean(min(16, 1 + max(draw.choices(lengths, k=32))) for _ in range(1000))
    flop = {"mlp": 6 * 32 * (30 * 200 + 200 * 27),
            "gpt": 6 * 32 * places * (4 * (64 * (192 + 64 + 256 + 256) + 2 * places * 64) + 64 * 27)}
    for model, steps in [("mlp", 4000), ("gpt", 200)]:
        ours, theirs = [], {}
        for _ in range(a.rounds):
            with tempfile.TemporaryDirectory() as folder:
                subprocess.run([f"{a.build}/examples/names", "--model", model, "--data", data, "--steps", str(steps), "--threads", str(a.threads), "--metrics", f"{folder}/m", "--quiet"], check=True, stdout=subprocess.DEVNULL)
                ours.append(json.loads(open(f"{folder}/m").readlines()[-1]))
            for peer in peers:
                for threads in sorted({1, a.threads}):  # more threads can make it slower
                    found = re.search(r"step_us ([\d.]+) .*held_out_loss ([\d.]+)", output([PYTHON, f"{HERE}/{peer}_names.py", model, "--data", data, "--steps", str(steps), "--threads", str(threads)], threads) or "")
                    if found:
                        theirs.setdefault((peer, threads), []).append((float(found[1]), float(found[2])))
        mine = statistics.median(r["step_us"] for r in ours)
        bound = flop[model] / (peak(a.threads) * 1e3)
        print(f"{model}: gradus {mine:.1f} us a step, {mine / bound:.2f} times the bound of {bound:.1f} us, held-out loss {ours[-1]['held_out_loss']:.4f}")
        for (peer, threads), rows in theirs.items():
            print(f"  {peer}, {threads} thread(s): {statistics.median(r[0] for r in rows):.1f} us, held-out loss {rows[-1][1]:.4f}")
        print(f"RATIO {model} {min(statistics.median(r[0] for r in rows) for rows in theirs.values()) / mine:.2f} (the fastest peer's time / that of gradus)")


p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
p.add_argument("what", choices=["epoch", "gemm", "batchnorm", "cnn", "names"])
p.add_argument("--build", default="build")
p.add_argument("--data")
p.add_argument("--names", help="the list of names (examples/data/names.txt beside the build folder)")
p.add_argument("--jax", action="store_true", help="cnn: JAX too, which takes minutes an epoch")
p.add_argument("--threads", type=int, default=2)
p.add_argument("--rounds", type=int, default=3)
args = p.parse_args()
args.data = args.data or f"{args.build}/data/mnist"
{"epoch": epoch, "gemm": gemm, "batchnorm": batchnorm, "cnn": cnn, "names": names}[args.what](args)
