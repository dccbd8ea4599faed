"""PyTorch's side of the comparison that compare.py runs; the same calls and the same output as main.rs.

    torch_side.py step w1|w2|w3|w5 SECONDS [adamw] [fused] [channels_last]
    torch_side.py product SECONDS
    torch_side.py whole FOLDER NETWORKS STEPS THREADS
"""

import pathlib
import sys
import time

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

BATCH, BATCHES, WARM_UP = 64, 8, 0.2
PRODUCTS = [256, 512, 1024]


def conv(inputs, outputs, kernel, stride):
    return [nn.Conv2d(inputs, outputs, kernel, stride=stride, padding=kernel // 2), nn.ReLU()]


def up(inputs, outputs):
    return nn.ConvTranspose2d(inputs, outputs, 4, stride=2, padding=1)


def perceptron():
    return [nn.Linear(784, 512), nn.ReLU(), nn.Linear(512, 512), nn.ReLU(), nn.Linear(512, 10)]


def pooled():
    maps = [part for a, b in [(3, 16), (16, 32), (32, 64)] for part in [*conv(a, b, 3, 1), nn.MaxPool2d(2)]]
    return [*maps, nn.Flatten(), nn.Linear(4096, 128), nn.ReLU(), nn.Linear(128, 8)]


def autoencoder():
    code = [part for a, b in [(3, 16), (16, 32), (32, 64)] for part in conv(a, b, 3, 2)]
    return [*code, up(64, 32), nn.ReLU(), up(32, 16), nn.ReLU(), up(16, 3)]


def fat_thin():
    return [*conv(1, 16, 5, 2), *conv(16, 32, 3, 2), *conv(32, 64, 3, 2), nn.Flatten(), nn.Linear(1024, 2)]


NETWORKS = {
    "w1": (perceptron, (784,), 10),
    "w2": (pooled, (3, 64, 64), 8),
    "w3": (autoencoder, (3, 64, 64), 0),
    "w5": (fat_thin, (1, 32, 32), 2),
}


def optimizer(network, options):
    fused = {"fused": True} if "fused" in options else {}
    if "adamw" in options:
        return torch.optim.AdamW(network.parameters(), lr=0.001, weight_decay=0.01, **fused)
    return torch.optim.SGD(network.parameters(), lr=0.01, momentum=0.9, **fused)


def stepper(network, rule, loss):
    def step(inputs, targets):
        rule.zero_grad(set_to_none=True)
        value = loss(network(inputs), targets)
        value.backward()
        rule.step()
        return value.item()

    return step


def measure(seconds, body):
    def run(seconds):
        wall, processor, count = time.perf_counter(), time.process_time(), 0
        while count < 3 or time.perf_counter() - wall < seconds:
            body()
            count += 1
        return count, time.process_time() - processor, time.perf_counter() - wall

    run(WARM_UP * seconds)
    return run(seconds)


def step(name, seconds, *options):
    torch.set_num_threads(1)
    make, shape, classes = NETWORKS[name]
    network = nn.Sequential(*make())
    inputs = [torch.randn(BATCH, *shape) for _ in range(BATCHES)]
    if "channels_last" in options:
        network = network.to(memory_format=torch.channels_last)
        inputs = [batch.contiguous(memory_format=torch.channels_last) for batch in inputs]
    targets = [torch.randint(classes, (BATCH,)) for _ in inputs] if classes else inputs
    body = stepper(network, optimizer(network, options), F.cross_entropy if classes else F.mse_loss)
    at, last = 0, 0.0

    def one():
        nonlocal at, last
        at = (at + 1) % BATCHES
        last = body(inputs[at], targets[at])

    count, processor, wall = measure(float(seconds), one)
    images = count * BATCH
    print(f"images_per_cpu_s={images / processor} images_per_wall_s={images / wall} loss={last}")


def product(seconds):
    torch.set_num_threads(1)
    for size in PRODUCTS:
        left, right = torch.randn(size, size), torch.randn(size, size)
        count, processor, _ = measure(float(seconds), lambda: left @ right)
        print(f"gflops_{size}={2 * size**3 * count / processor / 1e9}", end=" ")
    print()


def whole(folder, networks, steps, threads):
    torch.set_num_threads(int(threads))
    start, folder = time.perf_counter(), pathlib.Path(folder)
    pictures = torch.from_numpy(np.fromfile(folder / "pictures.f32", dtype="<f4")).reshape(-1, 1, 32, 32)
    labels = torch.from_numpy(np.fromfile(folder / "labels.u8", dtype="u1").astype("i8"))
    batches = list(zip(pictures.split(BATCH), labels.split(BATCH)))
    losses = []
    for seed in range(int(networks)):
        torch.manual_seed(seed)
        network = nn.Sequential(*fat_thin())
        body = stepper(network, optimizer(network, []), F.cross_entropy)
        losses.append([body(*batches[at % len(batches)]) for at in range(int(steps))][-1])
    wall = time.perf_counter() - start
    print(f"wall_s={wall} cpu_s={time.process_time()} loss={sum(losses) / len(losses)}")


if __name__ == "__main__":
    torch.set_num_interop_threads(1)
    if sys.argv[1:] == ["versions"]:
        mkldnn = torch.backends.mkldnn.is_available()
        print(f"torch={torch.__version__} onednn={mkldnn} capability={torch.backends.cpu.get_cpu_capability()}")
    else:
        {"step": step, "product": product, "whole": whole}[sys.argv[1]](*sys.argv[2:])
