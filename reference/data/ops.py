"""Records src/data/fixtures/ops.json: what Pillow (and timm's use of it) makes of a small picture, operation by operation.

Run: /work/peers/bin/python reference/data/ops.py
"""

import base64
import json
import pathlib

import numpy as np
import PIL
from PIL import Image, ImageEnhance, ImageOps
from timm.data import auto_augment as aa
from torchvision.transforms import functional as F

OUT = pathlib.Path(__file__).parents[2] / "src/data/fixtures/ops.json"
GEOMETRY = dict(resample=Image.Resampling.BILINEAR, fillcolor=(128, 128, 128))


def b64(image: Image.Image) -> str:
    return base64.b64encode(np.asarray(image).tobytes()).decode()


def main() -> None:
    rng = np.random.default_rng(2)
    height, width = 23, 31
    y, x = np.mgrid[0:height, 0:width]
    smooth = np.stack([40 + x * 5, 200 - y * 6, 90 + (x - y) * 2], axis=-1)
    pixels = np.clip(smooth + rng.normal(0, 15, smooth.shape), 12, 240).astype(np.uint8)
    pixels[3:8, 4:10] = (200, 30, 60)
    source = Image.fromarray(pixels)
    cases = []

    def record(op: str, argument: float | None, result: Image.Image) -> None:
        cases.append({"op": op, "argument": argument, "result": {"width": width, "height": height, "data": b64(result)}})

    record("autoContrast", None, ImageOps.autocontrast(source))
    record("equalize", None, ImageOps.equalize(source))
    record("invert", None, ImageOps.invert(source))
    for bits in (4, 1):
        record("posterize", bits, ImageOps.posterize(source, bits))
    for threshold in (256, 100, 0):
        record("solarize", threshold, ImageOps.solarize(source, threshold))
    record("solarizeAdd", 77, aa.solarize_add(source, 77))
    for factor in (0.1, 0.73, 1.0, 1.9):
        record("brightness", factor, ImageEnhance.Brightness(source).enhance(factor))
        record("contrast", factor, ImageEnhance.Contrast(source).enhance(factor))
        record("saturation", factor, ImageEnhance.Color(source).enhance(factor))
        record("sharpness", factor, ImageEnhance.Sharpness(source).enhance(factor))
    for turn in (-0.3, 0.1):
        record("hue", turn, F.adjust_hue(source, turn))
    for degrees in (27.0, -12.5):
        record("rotate", degrees, aa.rotate(source, degrees, **GEOMETRY))
    record("shearX", 0.27, aa.shear_x(source, 0.27, **GEOMETRY))
    record("shearY", -0.2, aa.shear_y(source, -0.2, **GEOMETRY))
    record("translateX", 0.3, aa.translate_x_rel(source, 0.3, **GEOMETRY))
    record("translateY", -0.21, aa.translate_y_rel(source, -0.21, **GEOMETRY))
    recording = {"pillow": PIL.__version__, "source": {"width": width, "height": height, "data": b64(source)}, "cases": cases}
    OUT.write_text(json.dumps(recording) + "\n")


main()
