"""Records src/tasks/segment/metrics/fixtures/metrics.json: confusion, IoU, Dice and boundary IoU by numpy.

Boundary IoU follows the authors' mask_to_boundary (bowenc0221/boundary-iou-api): a border of one zero pixel, then 3×3 erosion as often as the
band is wide.

Run: python reference/segment/metrics.py, with numpy.
"""

import base64
import json
import pathlib

import numpy as np

OUT = pathlib.Path(__file__).parents[2] / "src/tasks/segment/metrics/fixtures/metrics.json"
CLASSES, BAND = 5, 0.05


def erode(mask: np.ndarray) -> np.ndarray:
    p = np.pad(mask, 1, constant_values=1)
    h, w = mask.shape
    return np.min([p[y : y + h, x : x + w] for y in range(3) for x in range(3)], axis=0)


def boundary(mask: np.ndarray) -> np.ndarray:
    h, w = mask.shape
    eroded = np.pad(mask, 1)
    for _ in range(max(1, int(round(BAND * np.hypot(h, w))))):
        eroded = erode(eroded)
    return mask - eroded[1 : h + 1, 1 : w + 1]


def smooth(rng: np.random.Generator, h: int, w: int) -> np.ndarray:
    y, x = np.mgrid[0:h, 0:w]
    fields = [np.sin(x * rng.uniform(0.1, 0.4) + rng.uniform(0, 6)) + np.cos(y * rng.uniform(0.1, 0.4) + rng.uniform(0, 6)) for _ in range(4)]
    return np.argmax(fields, axis=0).astype(np.uint8)


def main() -> None:
    rng = np.random.default_rng(8)
    pictures, rows = [], np.zeros((CLASSES, CLASSES), int)
    both, either = np.zeros(CLASSES), np.zeros(CLASSES)
    for h, w in [(24, 33), (40, 28), (17, 50)]:
        truth = smooth(rng, h, w)
        predicted = np.roll(truth, (1, 2), (0, 1))
        predicted[rng.uniform(size=(h, w)) < 0.02] = 0
        bands = [(boundary((truth == c).astype(int)), boundary((predicted == c).astype(int))) for c in range(CLASSES)]
        pictures.append({
            "size": [h, w],
            "truth": base64.b64encode(truth.tobytes()).decode(),
            "predicted": base64.b64encode(predicted.tobytes()).decode(),
        })
        np.add.at(rows, (truth, predicted), 1)
        for c, (a, b) in enumerate(bands):
            both[c] += (a & b).sum()
            either[c] += (a | b).sum()
    hits, true, named = np.diag(rows), rows.sum(1), rows.sum(0)
    of = lambda part, whole: [float(p / w) if w > 0 else None for p, w in zip(part, whole)]
    OUT.write_text(json.dumps({
        "classes": CLASSES, "pictures": pictures, "rows": rows.tolist(), "iou": of(hits, true + named - hits),
        "dice": of(2 * hits, true + named), "band": BAND, "boundaryIou": of(both, either),
    }) + "\n")


main()
