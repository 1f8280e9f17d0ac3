"""Writes src/runtime/web/fixtures/x-sdd-36.json: small grey photographs for the training run in a browser tab.

From X-SDD (Apache-2.0, see shared/data/x-sdd/README.md): three classes, the first 8 of the train split and the first 4 of the
test split of each, reduced to 32 x 32 by Pillow's box filter.

    /work/peers/bin/python reference/browser/x_sdd.py /work/shared/data/x-sdd
"""

import base64
import json
import sys
from pathlib import Path

from PIL import Image

SIZE = 32
CLASSES = ["oxide-scale-of-plate-system", "slag-inclusion", "surface-scratch"]

source = Path(sys.argv[1])
split = json.loads((source / "split.json").read_text())


def picture(name: str) -> str:
    image = Image.open(source / "images" / name).convert("L").resize((SIZE, SIZE), Image.Resampling.BOX)
    return base64.b64encode(image.tobytes()).decode()


def part(key: str, each: int) -> list[dict]:
    rows = []
    for label, name in enumerate(CLASSES):
        files = [f for f in split[key] if f.startswith(name + "/")][:each]
        rows += [{"file": f, "label": label, "pixels": picture(f)} for f in files]
    return rows


out = Path(__file__).parents[2] / "src/runtime/web/fixtures/x-sdd-36.json"
data = {
    "source": "X-SDD, https://github.com/Fighter20092392/X-SDD-A-New-benchmark, Apache-2.0",
    "size": SIZE,
    "classes": CLASSES,
    "train": part("train", 8),
    "test": part("test", 4),
}
text = json.dumps(data, indent=1)
out.write_text(text + "\n")
print(out, len(text))
