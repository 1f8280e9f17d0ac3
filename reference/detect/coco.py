"""Records src/tasks/detect/metrics/fixtures/coco.json: pycocotools' COCOeval on made-up pictures with crowds and many sizes.

Run: python reference/detect/coco.py, with pycocotools and numpy.
"""

import json
import pathlib

import numpy as np
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

OUT = pathlib.Path(__file__).parents[2] / "src/tasks/detect/metrics/fixtures/coco.json"
NAMES = ["ap", "ap50", "ap75", "apSmall", "apMedium", "apLarge", "ar1", "ar10", "ar100", "arSmall", "arMedium", "arLarge"]


def case(seed: int, pictures: int, classes: int, crowd: float, many: int) -> dict:
    rng = np.random.default_rng(seed)
    truths, found = [], []
    for image in range(1, pictures + 1):
        for _ in range(int(rng.integers(0, 8))):
            side = float(np.exp(rng.uniform(np.log(8), np.log(200))))
            w, h = side * rng.uniform(0.7, 1.4), side * rng.uniform(0.7, 1.4)
            x, y = rng.uniform(0, 300, 2)
            index = int(rng.integers(0, classes - 1)) if classes > 1 else 0  # the last class never occurs
            is_crowd = bool(rng.uniform() < crowd)
            box = [round(float(v), 2) for v in (x, y, w, h)]
            truths.append({"image_id": image, "category_id": index, "bbox": box, "iscrowd": int(is_crowd),
                           "area": round(box[2] * box[3] * float(rng.uniform(0.5, 1)), 2)})
            for _ in range(int(rng.integers(0, 4))):
                shift = rng.normal(0, 0.12 * side, 4)
                moved = [box[0] + shift[0], box[1] + shift[1], max(2, box[2] + shift[2]), max(2, box[3] + shift[3])]
                as_class = index if rng.uniform() < 0.85 else int(rng.integers(0, classes))
                found.append({"image_id": image, "category_id": as_class, "bbox": [round(float(v), 2) for v in moved],
                              "score": round(float(rng.uniform()), 2)})
        for _ in range(int(rng.integers(0, many))):
            found.append({"image_id": image, "category_id": int(rng.integers(0, classes)),
                          "bbox": [round(float(v), 2) for v in (*rng.uniform(0, 300, 2), *rng.uniform(4, 150, 2))],
                          "score": round(float(rng.uniform(0, 0.6)), 2)})
    for i, t in enumerate(truths):
        t["id"] = i + 1
    coco = COCO()
    coco.dataset = {"info": {}, "images": [{"id": i + 1, "width": 500, "height": 500} for i in range(pictures)],
                    "categories": [{"id": c, "name": str(c)} for c in range(classes)], "annotations": truths}
    coco.createIndex()
    judge = COCOeval(coco, coco.loadRes([dict(f) for f in found]), "bbox")
    judge.evaluate()
    judge.accumulate()
    judge.summarize()
    per_class = []
    for c in range(classes):
        p = judge.eval["precision"][:, :, c, 0, 2]
        per_class.append(None if (p == -1).all() else float(p.mean()))
    corners = lambda b: [b[0], b[1], b[0] + b[2], b[1] + b[3]]
    return {
        "classes": classes,
        "pictures": [{
            "truths": [{"box": corners(t["bbox"]), "index": t["category_id"], "area": t["area"], "crowd": bool(t["iscrowd"])}
                       for t in truths if t["image_id"] == i],
            "detections": [{"box": corners(f["bbox"]), "index": f["category_id"], "score": f["score"]}
                           for f in found if f["image_id"] == i],
        } for i in range(1, pictures + 1)],
        "figures": {n: (None if v == -1 else float(v)) for n, v in zip(NAMES, judge.stats)},
        "perClass": per_class,
    }


def main() -> None:
    OUT.write_text(json.dumps({"cases": [case(1, 12, 3, 0.15, 4), case(2, 6, 1, 0, 3), case(3, 3, 2, 0.3, 260)]}) + "\n")


main()
