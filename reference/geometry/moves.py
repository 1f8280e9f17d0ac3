"""Records src/data/geometry/fixtures/moves.json: where torchvision (transforms.v2) takes masks and boxes; Pillow takes the masks to the same.

Run: python reference/geometry/moves.py, with torch, torchvision and Pillow.
"""

import base64
import json
import pathlib

import numpy as np
import PIL
import torch
import torchvision
from PIL import Image
from torchvision import tv_tensors
from torchvision.transforms import InterpolationMode
from torchvision.transforms import functional as F1
from torchvision.transforms.v2 import functional as F

OUT = pathlib.Path(__file__).parents[2] / "src/data/geometry/fixtures/moves.json"
FILL = 255


def source_mask(rng: np.random.Generator, width: int, height: int) -> np.ndarray:
    pixels = rng.integers(0, 6, (height, width)).astype(np.uint8)
    pixels[3:9, 4:12] = 7
    return pixels


def inverse(size: tuple[int, int], angle: float, translate: list[float], scale: float, shear: list[float]) -> list[float]:
    """Where output points are read, in continuous coordinates about the middle."""
    a, b, c, d, e, f = F1._get_inverse_affine_matrix([0.0, 0.0], angle, translate, scale, shear)
    y, x = size[0] / 2, size[1] / 2
    return [a, b, c + x - a * x - b * y, d, e, f + y - d * x - e * y]


def main() -> None:
    rng = np.random.default_rng(10)
    cases = []
    plans = [
        (31, 23, [{"resize": [46, 62]}]),
        (31, 23, [{"resize": [12, 16]}]),
        (31, 23, [{"resize": [17, 50]}]),
        (32, 24, [{"resize": [12, 16]}]),
        (31, 23, [{"crop": [5, 2, 17, 13]}]),
        (31, 23, [{"crop": [5, 2, 17, 13]}, {"resize": [20, 20]}, {"mirror": [True, False]}]),
        (31, 23, [{"crop": [0, 9, 8, 14]}, {"resize": [7, 4]}, {"mirror": [True, True]}]),
        (31, 23, [{"mirror": [False, True]}, {"crop": [11, 1, 20, 9]}, {"resize": [9, 33]}]),
        (31, 23, [{"affine": [27.0, [0.0, 0.0], 1.0, [0.0, 0.0]]}]),
        (31, 23, [{"affine": [-12.5, [3.0, -2.0], 1.3, [0.0, 0.0]]}]),
        (31, 23, [{"affine": [8.0, [0.0, 1.0], 0.61, [17.0, -6.0]]}]),
        (31, 23, [{"affine": [0.0, [7.25, -3.4], 1.0, [0.0, 0.0]]}]),
        (31, 23, [{"crop": [3, 2, 20, 18]}, {"affine": [33.0, [1.0, 2.0], 0.9, [0.0, 0.0]]}, {"mirror": [True, False]}]),
        (31, 23, [{"crop": [3, 2, 20, 18]}, {"affine": [-70.0, [0.0, 0.0], 0.8, [10.0, 0.0]]}, {"crop": [2, 1, 12, 15]}]),
    ]
    for width, height, plan in plans:
        pixels = source_mask(rng, width, height)
        corners = np.sort(rng.uniform(0, 1, (6, 2, 2)), axis=1) * [width, height]
        corners[0] = [[0, 0], [width, height]]
        corners[1] = [[13, 8], [17, 12]]
        mask = tv_tensors.Mask(torch.from_numpy(pixels)[None])
        boxes = tv_tensors.BoundingBoxes(
            torch.from_numpy(corners.reshape(6, 4)), format="XYXY", canvas_size=(height, width), dtype=torch.float64
        )
        pillow = Image.fromarray(pixels)
        steps = []
        for step in plan:
            size = tuple(mask.shape[-2:])
            (name, value), = step.items()
            if name == "resize":
                mask = tv_tensors.Mask(F.resize_image(mask.as_subclass(torch.Tensor), value, InterpolationMode.NEAREST_EXACT))
                boxes = F.resize(boxes, value)
                pillow = pillow.resize((value[1], value[0]), Image.Resampling.NEAREST)
            elif name == "crop":
                x, y, w, h = value
                mask, boxes = F.crop(mask, y, x, h, w), F.crop(boxes, y, x, h, w)
                pillow = pillow.crop((x, y, x + w, y + h))
            elif name == "mirror":
                if value[0]:
                    mask, boxes = F.horizontal_flip(mask), F.horizontal_flip(boxes)
                    pillow = pillow.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
                if value[1]:
                    mask, boxes = F.vertical_flip(mask), F.vertical_flip(boxes)
                    pillow = pillow.transpose(Image.Transpose.FLIP_TOP_BOTTOM)
            else:
                angle, translate, scale, shear = value
                mask = F.affine(mask, angle, translate, scale, shear, fill=FILL)
                boxes = F.affine(boxes, angle, translate, scale, shear)
                value = inverse(size, angle, translate, scale, shear)
                pillow = pillow.transform(pillow.size, Image.Transform.AFFINE, value, Image.Resampling.NEAREST, fillcolor=FILL)
            boxes = F.clamp_bounding_boxes(boxes)
            steps.append({name: value})
        ours = mask[0].numpy()
        assert (np.asarray(pillow) == ours).all(), f"Pillow and torchvision differ: {plan}"
        cases.append({
            "steps": steps,
            "mask": {"width": width, "height": height, "data": base64.b64encode(pixels.tobytes()).decode()},
            "boxes": corners.reshape(6, 4).tolist(),
            "movedMask": {"width": ours.shape[1], "height": ours.shape[0], "data": base64.b64encode(ours.tobytes()).decode()},
            "movedBoxes": boxes.tolist(),
        })
    OUT.parent.mkdir(exist_ok=True)
    versions = {"torchvision": torchvision.__version__, "pillow": PIL.__version__}
    OUT.write_text(json.dumps({"versions": versions, "cases": cases}) + "\n")


main()
