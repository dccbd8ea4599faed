#!/usr/bin/env python3
"""Training speed beside PyTorch's: both sides in one run, in turns, on one core.

    python3 crates/models/benches/peer/compare.py [--venv FOLDER] [--rounds 7] [--seconds 3] [--core 0] [WORKLOAD ..]

Workloads: w1 w2 w3 w5 whole. The first run makes a Python environment with PyTorch (its wheels take about 6 GB) in
`--venv`, target/peer-venv unless told otherwise, and builds our side in release. The primary figure is images per second
of processor time, which other work on the machine disturbs least; wall time stands beside it.
"""

import argparse
import json
import pathlib
import platform
import random
import statistics
import struct
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[3]
STEPS = ["w1", "w2", "w3", "w5"]
PICTURES, SIDE = 64 * 64, 32
NETWORKS, NETWORK_STEPS, CORES = 8, 300, 2


def environment(folder):
    python = folder / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        subprocess.run([python, "-m", "pip", "install", "torch", "numpy"], check=True)
    return python


def built():
    command = ["cargo", "bench", "-p", "trompe-models", "--bench", "peer", "--no-run", "--message-format", "json"]
    output = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout
    messages = [json.loads(line) for line in output.splitlines() if line.startswith("{")]
    return next(m["executable"] for m in messages if m.get("executable") and m["target"]["name"] == "peer")


def call(command, core=None):
    pinned = ["taskset", "-c", str(core)] if core is not None else []
    output = subprocess.run([*pinned, *map(str, command)], check=True, stdout=subprocess.PIPE, text=True).stdout
    return {name: float(value) for name, value in (pair.split("=") for pair in output.split())}


def compare(sides, words, rounds, core):
    """Results of both sides, in turns, each first in every other round."""
    results = [[], []]
    for at in range(rounds):
        for side in [0, 1] if at % 2 == 0 else [1, 0]:
            results[side].append(call([*sides[side][0], *words, *sides[side][1]], core))
    return results


def told(values, digits=0):
    return f"{statistics.median(values):.{digits}f} ({min(values):.{digits}f} to {max(values):.{digits}f})"


def pictures(folder):
    """Bars across or upright, in noise."""
    draw = random.Random(1)
    labels = bytes(draw.randrange(2) for _ in range(PICTURES))
    with open(folder / "pictures.f32", "wb") as out:
        for label in labels:
            at, pixels = draw.randrange(2, SIDE - 4), [draw.gauss(0.0, 1.0) for _ in range(SIDE * SIDE)]
            for index in range(SIDE * SIDE):
                if at <= (index // SIDE if label else index % SIDE) < at + 2:
                    pixels[index] += 1.0
            out.write(struct.pack(f"<{SIDE * SIDE}f", *pixels))
    (folder / "labels.u8").write_bytes(labels)


def steps(sides, names, options):
    products = compare([(side[0], []) for side in sides], ["product", 0.4], 3, options.core)
    peak = max(value for result in products[0] + products[1] for value in result.values())
    print(f"\nPeak: {peak:.1f} GFLOP/s, the fastest of all products of both sides.")
    print("Images per second, median (least to most); ours / PyTorch's of each round, by processor time and by wall time.")
    for name in names:
        ours, theirs = compare(sides, ["step", name, options.seconds], options.rounds, options.core)
        macs = ours[0]["macs"]
        print(f"\n{name}: {macs:.0f} multiply-accumulates per image")
        for side, results in (("ours", ours), ("PyTorch", theirs)):
            processor = [result["images_per_cpu_s"] for result in results]
            share = 100 * 2 * macs * statistics.median(processor) / peak / 1e9
            wall = told([result["images_per_wall_s"] for result in results])
            print(f"  {side:8} {told(processor):28} {share:3.0f} % of peak   wall {wall}")
        for clock in ("cpu", "wall"):
            key = f"images_per_{clock}_s"
            print(f"  ratio by {clock:5} {told([a[key] / b[key] for a, b in zip(ours, theirs)], 2)}", flush=True)


def whole(sides, options):
    print(f"\nwhole: {NETWORKS} networks of w5, {NETWORK_STEPS} steps of 64 of the same pictures, in the same order;")
    print(f"ours {CORES} at a time on one thread each, PyTorch's one after another on {CORES} threads. Seconds of wall time.")
    with tempfile.TemporaryDirectory() as folder:
        pictures(pathlib.Path(folder))
        words = ["whole", folder, NETWORKS, NETWORK_STEPS, CORES]
        results = compare([(side[0], []) for side in sides], words, options.rounds, None)
    for side, runs in zip(("ours", "PyTorch"), results):
        losses = statistics.median(run["loss"] for run in runs)
        processor = told([run["cpu_s"] for run in runs], 2)
        print(f"  {side:8} {told([run['wall_s'] for run in runs], 2):24} processor {processor}   last loss {losses:.4f}")
    ratios = [theirs["wall_s"] / ours["wall_s"] for ours, theirs in zip(*results)]
    print(f"  PyTorch's time / ours {told(ratios, 2)}")


def processor():
    lines = pathlib.Path("/proc/cpuinfo").read_text().splitlines() if pathlib.Path("/proc/cpuinfo").exists() else []
    fields = dict(line.split(":", 1) for line in lines if ":" in line)
    named = {name.strip(): value.strip() for name, value in fields.items()}
    words = [named.get("model name", platform.processor()), "family", named.get("cpu family", "?"), "model"]
    return " ".join([*words, named.get("model", "?")])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("workloads", nargs="*", metavar="WORKLOAD", help=f"{' '.join(STEPS)} whole; all unless told")
    parser.add_argument("--venv", type=pathlib.Path, default=ROOT / "target" / "peer-venv")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--core", type=int, default=0)
    parser.add_argument("--adamw", action="store_true", help="AdamW in place of SGD with momentum 0.9")
    parser.add_argument("--fused", action="store_true", help="PyTorch's fused optimizer in place of its default one")
    parser.add_argument("--channels-last", action="store_true", help="PyTorch's images as [n, h, w, c]")
    options = parser.parse_args()
    workloads = options.workloads or [*STEPS, "whole"]
    python, ours = environment(options.venv.absolute()), built()
    shared = ["adamw"] if options.adamw else []
    theirs = [name for name in ("fused", "channels_last") if getattr(options, name)]
    sides = [([ours], shared), ([python, HERE / "torch_side.py"], [*shared, *theirs])]
    versions = subprocess.run([python, HERE / "torch_side.py", "versions"], check=True, stdout=subprocess.PIPE, text=True)
    rust = subprocess.run(["rustc", "--version"], cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout
    print(f"{processor()}; {rust.strip()}; {versions.stdout.strip()}")
    print("Batches of 64, 32 bits, one thread, " + ("AdamW" if options.adamw else "SGD with momentum 0.9") + ".")
    if names := [name for name in STEPS if name in workloads]:
        steps(sides, names, options)
    if "whole" in workloads:
        whole(sides, options)


if __name__ == "__main__":
    main()
