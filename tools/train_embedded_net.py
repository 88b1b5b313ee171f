"""Train the embedded network on drawn shapes and write its weights into the package.

    python tools/train_embedded_net.py                    # about ten minutes on one core
    python tools/train_embedded_net.py --measure          # only measure what the shipped weights are worth

The pictures are of `utils.pretrained.shapes`: none of them shows an insect. Afterwards, and with ``--measure``, a
linear model on the network's features is compared with one on random features and one on pixels, on the insects of
problem 1.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn
from torch.nn import functional
from tqdm import tqdm

from utils.data.embedded.insects import insect
from utils.pretrained.backbone import embedded_net
from utils.pretrained.net import EmbeddedNet
from utils.pretrained.shapes import CATEGORIES, shape
from utils.pretrained.weights import MEAN, STD, WEIGHTS, save_weights

SIDE = 64
SEED = 20190215


def as_tensor(pictures: list[Image.Image]) -> Tensor:
    """Return the pictures as bytes: (n, 3, side, side)."""
    return torch.from_numpy(np.stack([np.asarray(picture) for picture in pictures])).permute(0, 3, 1, 2).contiguous()


def normalise(pictures: Tensor) -> Tensor:
    mean, std = (torch.tensor(value).view(1, 3, 1, 1) for value in (MEAN, STD))
    return (pictures.float() / 255 - mean) / std


def draw(count: int, seed: int) -> tuple[Tensor, Tensor]:
    labels = np.arange(count) % len(CATEGORIES)
    pictures = [
        shape(np.random.default_rng([seed, index]), int(label), SIDE)
        for index, label in enumerate(tqdm(labels, desc="drawing", leave=False))
    ]
    return as_tensor(pictures), torch.from_numpy(labels)


def varied(pictures: Tensor, generator: np.random.Generator) -> Tensor:
    """Return the batch flipped, turned, with its colour channels in another order, and sometimes moved."""
    if generator.random() < 0.5:
        pictures = pictures.flip(3)
    pictures = torch.rot90(pictures, int(generator.integers(4)), (2, 3))[:, torch.from_numpy(generator.permutation(3))]
    shift = tuple(int(value) for value in generator.integers(-6, 7, 2))
    return torch.roll(pictures, shift, (2, 3))


def train(pictures: Tensor, labels: Tensor, epochs: int, batch: int = 64) -> EmbeddedNet:
    torch.manual_seed(SEED)
    generator = np.random.default_rng(SEED)
    net = EmbeddedNet(len(CATEGORIES)).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    optimizer = torch.optim.AdamW(net.parameters(), lr=2e-3, weight_decay=0.02)
    steps = epochs * (len(labels) // batch)
    scheduler = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=4e-3, total_steps=steps, pct_start=0.15)
    net.train()
    with tqdm(total=steps, desc="training") as bar:
        for _ in range(epochs):
            for chosen in torch.from_numpy(generator.permutation(len(labels))).split(batch):
                if len(chosen) < batch:
                    continue
                inputs = varied(normalise(pictures[chosen]), generator).contiguous(memory_format=torch.channels_last)
                loss = functional.cross_entropy(net(inputs), labels[chosen], label_smoothing=0.05)
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                scheduler.step()
                bar.set_postfix(loss=f"{loss.item():.3f}", refresh=False)
                bar.update()
    return net.eval()


@torch.no_grad()
def accuracy(net: nn.Module, pictures: Tensor, labels: Tensor) -> float:
    found = torch.cat([net(normalise(part)).argmax(1) for part in pictures.split(100)])
    return (found == labels).float().mean().item()


def insects(count: int, seed: int) -> tuple[Tensor, Tensor]:
    """Return `count` drawn ants and bees and their classes."""
    drawn = [
        insect(np.random.default_rng([seed, index % 2, index]), ("ants", "bees")[index % 2]) for index in range(count)
    ]
    return as_tensor([picture.resize((SIDE, SIDE)) for picture in drawn]), torch.arange(count) % 2


@torch.no_grad()
def pooled(net: EmbeddedNet, pictures: Tensor) -> Tensor:
    net.eval()
    return torch.cat([net.avgpool(net.features(normalise(part))).flatten(1) for part in pictures.split(100)])


def probe(train: tuple[Tensor, Tensor], test: tuple[Tensor, Tensor]) -> float:
    """Return the test accuracy of logistic regression, its penalty chosen on a third of the training part."""
    cut = 2 * len(train[1]) // 3
    fits = {p: _fit(train[0][:cut], train[1][:cut], p)(train[0][cut:], train[1][cut:]) for p in (1e-3, 1e-2, 1e-1, 1.0)}
    best = max(fits, key=lambda penalty: fits[penalty])
    return _fit(train[0], train[1], best)(*test)


def _fit(inputs: Tensor, labels: Tensor, penalty: float) -> Callable[[Tensor, Tensor], float]:
    mean, std = inputs.mean(0), inputs.std(0) + 1e-6
    weights = torch.zeros(inputs.shape[1] + 1, requires_grad=True)
    optimizer = torch.optim.LBFGS([weights], max_iter=200, line_search_fn="strong_wolfe")

    def loss() -> Tensor:
        optimizer.zero_grad()
        scores = (inputs - mean) / std @ weights[1:] + weights[0]
        value = functional.binary_cross_entropy_with_logits(scores, labels.float()) + penalty * (weights[1:] ** 2).sum()
        value.backward()
        return value

    optimizer.step(loss)
    found = weights.detach()
    return lambda x, y: (((x - mean) / std @ found[1:] + found[0] > 0) == (y == 1)).float().mean().item()


def measure(net: EmbeddedNet) -> None:
    """Print what a linear model makes of pixels, of random features and of the network's features."""
    rows = []
    for seed in range(5):
        known, unseen = insects(120, 100 + seed), insects(400, 200 + seed)
        torch.manual_seed(seed)
        random = EmbeddedNet(len(CATEGORIES))
        random.train()(normalise(known[0]))  # gives its batch normalisation the statistics of these pictures
        pixels = [(functional.avg_pool2d(x.float(), 2).flatten(1), y) for x, y in (known, unseen)]
        of_random = [(pooled(random, x), y) for x, y in (known, unseen)]
        of_trained = [(pooled(net, x), y) for x, y in (known, unseen)]
        rows.append([probe(*pixels), probe(*of_random), probe(*of_trained)])
    print("linear model on 120 insects, accuracy on 400 others, mean and range of 5 draws:")
    for name, values in zip(("pixels", "random features", "trained features"), zip(*rows, strict=True), strict=True):
        print(f"  {name:<17} {np.mean(values):.3f}  ({min(values):.3f} to {max(values):.3f})")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pictures", type=int, default=16_000)
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--output", type=Path, default=WEIGHTS)
    parser.add_argument("--measure", action="store_true")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    if not arguments.measure:
        start = time.perf_counter()
        pictures, labels = draw(arguments.pictures, SEED)
        net = train(pictures, labels, arguments.epochs)
        save_weights(net, CATEGORIES, arguments.output)
        size = arguments.output.stat().st_size / 2**20
        print(f"wrote {arguments.output} ({size:.2f} MiB) after {time.perf_counter() - start:.0f} s")
        print(f"accuracy on new shapes: {accuracy(net, *draw(980, SEED + 1)):.3f} ({len(CATEGORIES)} classes)")
    measure(embedded_net())


if __name__ == "__main__":
    main()
