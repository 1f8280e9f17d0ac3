"""Records src/data/fixtures/preprocess.json: what timm's evaluation transform (on Pillow) makes of small pictures.

Run: /work/peers/bin/python reference/data/preprocess.py
"""

import base64
import json
import pathlib

import numpy as np
import PIL
import timm
import torchvision
from PIL import Image
from timm.data import create_transform

OUT = pathlib.Path(__file__).parents[2] / "src/data/fixtures/preprocess.json"
MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
# (source width, height), (target height, width), crop_pct, crop_mode, interpolation
CASES = [
    ((60, 43), (32, 32), 0.875, "center", "bicubic"),
    ((43, 60), (32, 32), 0.875, "center", "bilinear"),
    ((43, 61), (33, 33), 0.9, "center", "lanczos"),
    ((20, 27), (32, 32), 0.95, "center", "bicubic"),
    ((25, 25), (24, 24), 1.0, "center", "bicubic"),
    ((40, 150), (24, 24), 0.875, "center", "bilinear"),
    ((57, 40), (24, 40), 0.9, "center", "bicubic"),
    ((40, 57), (24, 40), 0.875, "center", "bilinear"),
    ((60, 43), (32, 32), 0.9, "squash", "bicubic"),
    ((43, 60), (20, 36), 1.0, "squash", "bilinear"),
    ((60, 43), (32, 32), 1.0, "border", "bicubic"),
    ((43, 60), (32, 32), 0.875, "border", "bilinear"),
    ((13, 40), (31, 24), 1.0, "border", "bicubic"),
]


def b64(array: np.ndarray) -> str:
    return base64.b64encode(np.ascontiguousarray(array).tobytes()).decode()


def main() -> None:
    rng = np.random.default_rng(1)
    cases = []
    for (width, height), size, crop_pct, crop_mode, interpolation in CASES:
        # Smooth colour with noise and one hard edge.
        y, x = np.mgrid[0:height, 0:width]
        smooth = np.stack([x * 255 / width, y * 255 / height, (x + y) * 255 / (width + height)], axis=-1)
        pixels = np.clip(smooth + rng.normal(0, 12, smooth.shape), 0, 255).astype(np.uint8)
        pixels[height // 4 : height // 2, width // 4 : width // 2] = (255, 0, 0)
        source = Image.fromarray(pixels)
        args = dict(
            input_size=(3, *size), crop_pct=crop_pct, crop_mode=crop_mode, interpolation=interpolation, mean=MEAN, std=STD
        )
        floats = create_transform(**args)(source).numpy()
        result = create_transform(**args, normalize=False)(source).numpy().transpose(1, 2, 0)
        case = {
            "size": list(size),
            "cropPct": crop_pct,
            "cropMode": crop_mode,
            "interpolation": interpolation,
            "source": {"width": width, "height": height, "data": b64(pixels)},
            "result": {"width": size[1], "height": size[0], "data": b64(result)},
        }
        # A sample of the normalised values is enough: they follow from the bytes.
        case["floats"] = [float(v) for v in floats.ravel()[::97]]
        cases.append(case)
    versions = {"timm": timm.__version__, "torchvision": torchvision.__version__, "pillow": PIL.__version__}
    OUT.write_text(json.dumps({**versions, "mean": MEAN, "std": STD, "cases": cases}) + "\n")


main()
