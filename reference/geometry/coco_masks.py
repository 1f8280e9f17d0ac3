"""Records src/data/geometry/fixtures/coco-masks.json: polygons and RLEs as pycocotools turns them into masks, and nms as torchvision does it.

Run: python reference/geometry/coco_masks.py, with pycocotools, numpy and torchvision.
"""

import json
import pathlib

import numpy as np
import torch
import torchvision
from pycocotools import mask as coco

OUT = pathlib.Path(__file__).parents[2] / "src/data/geometry/fixtures/coco-masks.json"


def counts_of(mask: np.ndarray) -> list[int]:
    flat = mask.flatten(order="F")
    counts, value, run = [], 0, 0
    for v in flat:
        if v != value:
            counts.append(run)
            value, run = v, 0
        run += 1
    return counts + [run]


def main() -> None:
    rng = np.random.default_rng(4)
    polygons = []
    shapes = [
        (20, 30, [[0, 0], [30, 0], [30, 20], [0, 20]]),
        (20, 30, [[2.5, 3.5], [11.25, 3.5], [11.25, 9], [2.5, 9]]),
        (20, 30, [[5, 5], [5, 5], [25, 6], [14, 18]]),
        (20, 30, [[-6.5, 4], [12, -5], [40, 10.3], [10, 31]]),
        (20, 30, [[3, 3], [27, 17], [27, 3], [3, 17]]),
        (20, 30, [[4, 4], [4.2, 4], [4.2, 4.3]]),
        (64, 48, [[10, 10], [40, 12], [25, 20], [38, 60], [8, 50], [20, 30]]),
    ]
    for _ in range(12):
        h, w = (int(v) for v in rng.integers(5, 60, 2))
        n = int(rng.integers(3, 10))
        shapes.append((h, w, (rng.uniform(-0.1, 1.1, (n, 2)) * [w, h]).round(2).tolist()))
    for h, w, polygon in shapes:
        rle = coco.frPyObjects([np.array(polygon).flatten().tolist()], h, w)[0]
        polygons.append({
            "size": [h, w], "polygon": polygon, "packed": rle["counts"].decode(), "counts": counts_of(coco.decode(rle)),
        })
    unions = []
    for k in range(3):
        parts = [(rng.uniform(0, 1, (4, 2)) * [40, 32]).round(1).tolist() for _ in range(3)]
        rle = coco.merge(coco.frPyObjects([np.array(p).flatten().tolist() for p in parts], 32, 40))
        unions.append({"size": [32, 40], "polygons": parts, "packed": rle["counts"].decode()})
    suppressed = []
    for n, classes, threshold in [(60, 1, 0.5), (120, 4, 0.3), (40, 2, 0.7), (0, 1, 0.5)]:
        start = rng.uniform(0, 40, (n, 2))
        boxes = torch.tensor(np.concatenate([start, start + rng.uniform(4, 30, (n, 2))], axis=1), dtype=torch.float32).reshape(-1, 4)
        scores = torch.tensor(rng.uniform(0, 1, n), dtype=torch.float32)
        labels = torch.tensor(rng.integers(0, classes, n))
        kept = torchvision.ops.batched_nms(boxes, scores, labels, threshold)
        suppressed.append({
            "boxes": boxes.tolist(), "scores": scores.tolist(), "classes": labels.tolist(), "threshold": threshold, "kept": kept.tolist(),
        })
    OUT.write_text(json.dumps({"polygons": polygons, "unions": unions, "nms": suppressed}) + "\n")


main()
