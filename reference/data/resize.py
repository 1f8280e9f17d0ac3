"""Records src/data/fixtures/resize.json: what Pillow's Image.resize makes of small random pictures.

Run: /work/peers/bin/python reference/data/resize.py
"""

import base64
import json
import pathlib

import numpy as np
import PIL
from PIL import Image

OUT = pathlib.Path(__file__).parents[2] / "src/data/fixtures/resize.json"
FILTERS = {
    "bilinear": Image.Resampling.BILINEAR,
    "bicubic": Image.Resampling.BICUBIC,
    "lanczos": Image.Resampling.LANCZOS,
}
# (source width, height, target width, height, crop box or None)
SHAPES = [
    (37, 29, 16, 16, None),
    (37, 29, 61, 50, None),
    (37, 29, 37, 12, None),
    (37, 29, 90, 29, None),
    (3, 2, 17, 9, None),
    (1, 1, 4, 4, None),
    (64, 5, 3, 3, None),
    (37, 29, 1, 1, None),
    (37, 29, 20, 14, (5, 3, 30, 28)),
    (37, 29, 24, 24, (0, 9, 11, 20)),
]


def b64(array: np.ndarray) -> str:
    return base64.b64encode(array.tobytes()).decode()


def main() -> None:
    rng = np.random.default_rng(0)
    cases = []
    for width, height, to_width, to_height, box in SHAPES:
        # Noise beside hard black and white edges: overshoot must clip.
        pixels = rng.integers(0, 256, (height, width, 3), dtype=np.uint8)
        pixels[: height // 2, : width // 2] = 255
        pixels[height // 2 :, width // 2 :] = 0
        source = Image.fromarray(pixels)
        for name, resample in FILTERS.items():
            cropped = source.crop(box) if box else source
            result = np.asarray(cropped.resize((to_width, to_height), resample))
            cases.append(
                {
                    "filter": name,
                    "source": {"width": width, "height": height, "data": b64(pixels)},
                    "box": box,
                    "result": {"width": to_width, "height": to_height, "data": b64(result)},
                }
            )
    OUT.write_text(json.dumps({"pillow": PIL.__version__, "cases": cases}) + "\n")


main()
