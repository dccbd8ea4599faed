#!/usr/bin/env python3
"""Answers an export of trompe by a simple rule: a template for what your own network would do. Needs nothing but Python 3.

    trompe stimuli export experiments/quick.toml --validation --training 64 --out trials
    python3 scripts/own_network.py trials responses.csv
    trompe score experiments/quick.toml responses.csv --name templates

Rules: `templates` (needs training/): evidence for a class is the mean of the three largest absolute correlations with
labelled real things of that class. `random`: normal deviates, whatever is shown.
"""

import argparse
import array
import ast
import csv
import operator
import pathlib
import random
import struct
import sys


def read_npy(path):
    """Pictures of a NumPy file, version 1.0, of 32-bit floats [n, 1, height, width]: a list of arrays.

    With NumPy: numpy.load(path)."""
    data = path.read_bytes()
    if data[:8] != b"\x93NUMPY\x01\x00":
        sys.exit(f"{path}: not a NumPy file of version 1.0")
    (length,) = struct.unpack("<H", data[8:10])
    header = ast.literal_eval(data[10 : 10 + length].decode("ascii"))
    if header["descr"] != "<f4" or header["fortran_order"]:
        sys.exit(f"{path}: expected little-endian 32-bit floats in rows")
    values = array.array("f", data[10 + length :])
    if sys.byteorder == "big":
        values.byteswap()
    count, channels, height, width = header["shape"]
    stride = channels * height * width
    return [values[at * stride : (at + 1) * stride] for at in range(count)]


def read_csv(path):
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def normalized(pixels):
    """Zero mean, unit norm; a flat picture stays all zero."""
    mean = sum(pixels) / len(pixels)
    centered = [value - mean for value in pixels]
    norm = sum(map(operator.mul, centered, centered)) ** 0.5
    return [value / norm for value in centered] if norm > 0 else centered


def templates(folder, classes):
    """A rule that compares with the labelled real things of the export."""
    if not (folder / "training").is_dir():
        sys.exit(f"{folder}: no training pictures; export with --training 64, or use --rule random")
    pictures = read_npy(folder / "training" / "training.npy")
    stored = {name: [] for name in classes}
    for row in read_csv(folder / "training" / "training.csv"):
        stored[row["class"]].append(normalized(pictures[int(row["index"])]))

    def answer(pixels):
        shown = normalized(pixels)
        evidence = []
        for name in classes:
            similar = sorted(abs(sum(map(operator.mul, shown, one))) for one in stored[name])
            best = similar[-3:]
            evidence.append(sum(best) / len(best))
        return evidence

    return answer


def main():
    parser = argparse.ArgumentParser(description="Answers an export of trompe by a simple rule.")
    parser.add_argument("folder", type=pathlib.Path, help="folder that `trompe stimuli export` wrote")
    parser.add_argument("responses", type=pathlib.Path, help="file to write")
    parser.add_argument("--rule", choices=["templates", "random"], default="templates")
    parser.add_argument("--seed", type=int, default=0, help="of the random rule")
    asked = parser.parse_args()

    classes = [row["class"] for row in read_csv(asked.folder / "classes.csv")]
    if asked.rule == "templates":
        answer = templates(asked.folder, classes)
    else:
        rng = random.Random(asked.seed)
        answer = lambda pixels: [rng.gauss(0.0, 1.0) for _ in classes]  # noqa: E731

    opened, pictures = None, []
    with open(asked.responses, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["key", *classes])
        for trial in read_csv(asked.folder / "trials.csv"):
            if trial["file"] != opened:
                opened, pictures = trial["file"], read_npy(asked.folder / trial["file"])
            writer.writerow([trial["key"], *answer(pictures[int(trial["index"])])])


if __name__ == "__main__":
    main()
