"""Small detectors and segmenters with the output forms that exporters give, untrained, and what they answer by a decoding in NumPy.

    python reference/import/make_contracts.py [NAMES]     all, or some

writes src/imported/contracts/fixtures/NAME.onnx and answers.json. torch, onnx, onnxruntime, numpy. The forms are those of the projects that each
class names; nothing of theirs is in here but the shape of their outputs.
"""

import json
import sys
from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
import torch
from torch import nn
from torchvision.ops import batched_nms

OUT = Path(__file__).parents[2] / "src/imported/contracts/fixtures"
H, W = 64, 96
CLASSES = 3
STRIDES = [8, 16, 32]
BINS = 4
ANCHORS = [[(10, 13), (16, 30), (33, 23)], [(30, 61), (62, 45), (59, 119)], [(116, 90), (156, 198), (373, 326)]]
NAMES = ["cell", "bar", "driver's cab"]


def conv(i, o, stride):
    return nn.Sequential(nn.Conv2d(i, o, 3, stride, 1), nn.ReLU())


class Levels(nn.Module):
    """Maps at strides 4, 8, 16, 32."""

    def __init__(self, width=6):
        super().__init__()
        self.stem = nn.Sequential(conv(3, 4, 2), conv(4, width, 2))
        self.down = nn.ModuleList(conv(width, width, 2) for _ in STRIDES)

    def forward(self, x):
        x = self.stem(x)
        maps = [x]
        for down in self.down:
            x = down(x)
            maps.append(x)
        return maps


def grid():
    """Cell corners [A, 2] and strides [A, 1], row by row, level by level."""
    points, strides = [], []
    for s in STRIDES:
        ys, xs = np.mgrid[0 : -(-H // s), 0 : -(-W // s)]
        points.append(np.stack([xs, ys], -1).reshape(-1, 2))
        strides.append(np.full((points[-1].shape[0], 1), s))
    return np.concatenate(points).astype(np.float32), np.concatenate(strides).astype(np.float32)


class Head(nn.Module):
    """A backbone and a convolution of `numbers` channels on each level."""

    def __init__(self, numbers):
        super().__init__()
        self.levels = Levels()
        self.out = nn.ModuleList(nn.Conv2d(6, numbers, 1) for _ in STRIDES)

    def maps(self, x):
        return [out(m) for out, m in zip(self.out, self.levels(x)[1:])]

    def flat(self, x):
        return torch.cat([m.flatten(2) for m in self.maps(x)], 2)


class V8(Head):
    """Ultralytics' Detect: distances by distributions, the box as middle and size, scores after the sigmoid: [N, 4 + C, A]."""

    def __init__(self, more=0):
        super().__init__(4 * BINS + CLASSES + more)
        points, strides = grid()
        self.register_buffer("middle", torch.tensor(points.T + 0.5)[None])
        self.register_buffer("stride", torch.tensor(strides.T)[None])

    def forward(self, x):
        y = self.flat(x)
        box, scores = y[:, : 4 * BINS], y[:, 4 * BINS :]
        p = box.reshape(-1, 4, BINS, box.shape[2]).softmax(2)
        distance = (p * torch.arange(BINS, dtype=torch.float32).view(1, 1, -1, 1)).sum(2)
        a, b = self.middle - distance[:, :2], self.middle + distance[:, 2:]
        return torch.cat([torch.cat([(a + b) / 2, b - a], 1) * self.stride, scores.sigmoid()], 1)


class V5(Head):
    """Ultralytics' YOLOv5 Detect: three anchors a cell, everything after the sigmoid: [N, A, 5 + C]."""

    def __init__(self):
        super().__init__(3 * (5 + CLASSES))

    def forward(self, x):
        rows = []
        for m, s, anchors in zip(self.maps(x), STRIDES, ANCHORS):
            h, w = -(-H // s), -(-W // s)
            y = m.view(-1, 3, 5 + CLASSES, h, w).permute(0, 1, 3, 4, 2).sigmoid()
            gy, gx = torch.meshgrid(torch.arange(h), torch.arange(w), indexing="ij")
            cells = torch.stack([gx, gy], -1).float().view(1, 1, h, w, 2) - 0.5
            size = torch.tensor(anchors).float().view(1, 3, 1, 1, 2)
            xy = (y[..., :2] * 2 + cells) * s
            wh = (y[..., 2:4] * 2) ** 2 * size
            rows.append(torch.cat([xy, wh, y[..., 4:]], -1).reshape(-1, 3 * h * w, 5 + CLASSES))
        return torch.cat(rows, 1)


class V8Levels(V8):
    """The same cut off before its decoding: a map for each stride."""

    def forward(self, x):
        return tuple(self.maps(x))


class V5Levels(V5):
    """The same cut off before its decoding, as convolutions give it or with the boxes of a cell apart."""

    def __init__(self, apart):
        super().__init__()
        self.apart = apart

    def forward(self, x):
        def rows(m):
            n, _, h, w = m.shape
            return m.view(n, 3, 5 + CLASSES, h, w).permute(0, 1, 3, 4, 2) if self.apart else m

        return tuple(rows(m) for m in self.maps(x))


class X(Head):
    """YOLOX's head: without decoding the numbers as the convolutions give them, scores after the sigmoid; with it, in pixels."""

    def __init__(self, decoded):
        super().__init__(5 + CLASSES)
        self.decoded = decoded
        points, strides = grid()
        self.register_buffer("corner", torch.tensor(points)[None])
        self.register_buffer("stride", torch.tensor(strides)[None])

    def forward(self, x):
        y = torch.cat([torch.cat([m[:, :4], m[:, 4:].sigmoid()], 1).flatten(2) for m in self.maps(x)], 2).permute(0, 2, 1)
        if not self.decoded:
            return y
        return torch.cat([(y[..., :2] + self.corner) * self.stride, y[..., 2:4].exp() * self.stride, y[..., 4:]], -1)


def best(boxes, scores, k):
    top, label = scores.max(-1)
    score, at = top.topk(k, 1)
    return torch.gather(boxes, 1, at[..., None].expand(-1, -1, 4)), score, torch.gather(label, 1, at)


def corners(boxes):
    return torch.cat([boxes[..., :2] - boxes[..., 2:] / 2, boxes[..., :2] + boxes[..., 2:] / 2], -1)


class Rows(V8):
    """YOLOv10's form: the best rows of the graph itself, [N, K, 6]."""

    def forward(self, x):
        y = super().forward(x).permute(0, 2, 1)
        box, score, label = best(corners(y[..., :4]), y[..., 4:], 8)
        return torch.cat([box, score[..., None], label[..., None].float()], -1)


class One(V8):
    """For one picture, its boxes chosen by NMS inside: as many rows as there are, or filled up to a fixed count."""

    def __init__(self, end):
        super().__init__()
        self.end = end

    def forward(self, x):
        y = super().forward(x)[0].T
        score, label = y[:, 4:].max(1)
        box = corners(y[:, :4])
        keep = batched_nms(box, score, label, 0.5)
        box, score, label = box[keep], score[keep], label[keep]
        if self.end == "parts":
            return box, score, label + 1
        if self.end == "seven":
            return torch.cat([torch.zeros_like(score)[:, None], box, label[:, None].float(), score[:, None]], 1)
        rows = torch.cat([box, score[:, None], label[:, None].float()], 1)[:20]
        return nn.functional.pad(rows, (0, 0, 0, 20 - rows.shape[0])).reshape(1, 20, 6)


class Tensorflow(V8):
    """TensorFlow's detection interface: shares of the picture, the vertical first, classes from 1."""

    def forward(self, x):
        y = super().forward(x).permute(0, 2, 1)
        box, score, label = best(corners(y[..., :4]), y[..., 4:], 8)
        box = (box / torch.tensor([W, H, W, H]))[..., [1, 0, 3, 2]]
        return box, label.float() + 1, score, torch.full((x.shape[0],), 8.0)


class Ssd(V8):
    """The SSD of the ONNX zoo: bboxes in shares, labels from 1, scores."""

    def forward(self, x):
        y = super().forward(x).permute(0, 2, 1)
        box, score, label = best(corners(y[..., :4]), y[..., 4:], 8)
        return box / torch.tensor([W, H, W, H]), label + 1, score


class Plain(V8):
    """YOLO-NAS: boxes as corners in pixels beside their scores."""

    def forward(self, x):
        y = super().forward(x).permute(0, 2, 1)
        return corners(y[..., :4]), y[..., 4:]


class Detr(nn.Module):
    """DETR's outputs: logits with one for none, pred_boxes as middle and size in shares."""

    def __init__(self, classes):
        super().__init__()
        self.levels = Levels()
        self.logits, self.boxes = nn.Linear(6, classes), nn.Linear(6, 4)

    def forward(self, x):
        y = self.levels(x)[3].flatten(2).permute(0, 2, 1)
        return self.logits(y) * 4, self.boxes(y).sigmoid()


class Segmenter(nn.Module):
    """Logits at a quarter of the size, or what is made of them."""

    def __init__(self, classes, end):
        super().__init__()
        self.levels = Levels()
        self.out = nn.Conv2d(6, classes, 1)
        self.end = end

    def forward(self, x):
        y = self.out(self.levels(x)[0]) * 8
        if self.end == "quarter":
            return y
        y = nn.functional.interpolate(y, (H, W), mode="bilinear", align_corners=False)
        if self.end == "labels":
            return y.argmax(1)
        return y.softmax(1) if self.end == "softmax" else y.sigmoid()


def picture():
    i = np.arange(2 * 3 * H * W, dtype=np.int64)
    return ((i * i * 31 + i * 7919) % 65521 / 65520).astype(np.float32).reshape(2, 3, H, W)


def top(boxes, scores, k=6):
    """The k best pairs of a box and a class of each picture: left, top, right, bottom, score, class."""
    pictures = []
    for b, s in zip(boxes, scores):
        order = np.argsort(-s.reshape(-1), kind="stable")[:k]
        pictures.append([[*b[i // s.shape[1]].tolist(), float(s.reshape(-1)[i]), int(i % s.shape[1])] for i in order])
    return pictures


def xyxy(b):
    return np.concatenate([b[..., :2] - b[..., 2:] / 2, b[..., :2] + b[..., 2:] / 2], -1)


def resized(y):
    return nn.functional.interpolate(torch.tensor(y), (H, W), mode="bilinear", align_corners=False).numpy()


def softmax(y, axis):
    e = np.exp(y - y.max(axis, keepdims=True))
    return e / e.sum(axis, keepdims=True)


def from_x(y):
    points, strides = grid()
    return top(xyxy(np.concatenate([(y[..., :2] + points) * strides, np.exp(y[..., 2:4]) * strides], -1)), y[..., 4:5] * y[..., 5:])


def from_v8_levels(*maps):
    points, strides = grid()
    y = np.concatenate([m.reshape(len(m), m.shape[1], -1) for m in maps], 2).transpose(0, 2, 1)
    p = softmax(y[..., : 4 * BINS].reshape(len(y), -1, 4, BINS), -1)
    d = (p * np.arange(BINS)).sum(-1)
    boxes = np.concatenate([points + 0.5 - d[..., :2], points + 0.5 + d[..., 2:]], -1) * strides
    return top(boxes, 1 / (1 + np.exp(-y[..., 4 * BINS :])))


V7_ANCHORS = [[(12, 16), (19, 36), (40, 28)], [(36, 75), (76, 55), (72, 146)], [(142, 110), (192, 243), (459, 401)]]


def from_anchors(all_anchors):
    def decode(*maps):
        rows = []
        for m, s, anchors in zip(maps, STRIDES, all_anchors):
            h, w = -(-H // s), -(-W // s)
            if m.ndim == 4:
                m = m.reshape(len(m), 3, 5 + CLASSES, h, w).transpose(0, 1, 3, 4, 2)
            y = 1 / (1 + np.exp(-m))
            ys, xs = np.mgrid[0:h, 0:w]
            xy = (2 * y[..., :2] - 0.5 + np.stack([xs, ys], -1)) * s
            wh = (2 * y[..., 2:4]) ** 2 * np.array(anchors, np.float32).reshape(1, 3, 1, 1, 2)
            rows.append(np.concatenate([xy, wh, y[..., 4:]], -1).reshape(len(m), -1, 5 + CLASSES))
        y = np.concatenate(rows, 1)
        return top(xyxy(y[..., :4]), y[..., 4:5] * y[..., 5:])

    return decode


def from_seven(y):
    rows = np.concatenate([y[:, 1:5], y[:, 6:7], y[:, 5:6]], 1)
    return [rows[np.argsort(-rows[:, 4], kind="stable")][:6].tolist()]


def from_parts(boxes, scores, labels):
    rows = np.concatenate([boxes, scores[:, None], labels[:, None] - 1], 1)
    return [rows[np.argsort(-rows[:, 4], kind="stable")][:6].tolist()]


SIZE = np.array([W, H, W, H], np.float32)
MODELS = {
    # name: (model, outputs, metadata, decoding in NumPy)
    "yolov8": (V8, ["output0"], {}, lambda y: top(xyxy(y.transpose(0, 2, 1)[..., :4]), y.transpose(0, 2, 1)[..., 4:])),
    "yolov8-masks": (
        lambda: V8(5),
        ["output0"],
        {"names": repr(dict(enumerate(NAMES)))},
        lambda y: top(xyxy(y.transpose(0, 2, 1)[..., :4]), y.transpose(0, 2, 1)[..., 4 : 4 + CLASSES]),
    ),
    "yolov5": (V5, ["output0"], {}, lambda y: top(xyxy(y[..., :4]), y[..., 4:5] * y[..., 5:])),
    "yolov6": (lambda: X(True), ["outputs"], {}, lambda y: top(xyxy(y[..., :4]), y[..., 4:5] * y[..., 5:])),
    "yolox": (lambda: X(False), ["output"], {}, from_x),
    "yolov8-levels": (V8Levels, ["p3", "p4", "p5"], {}, from_v8_levels),
    "yolov5-levels": (lambda: V5Levels(False), ["p3", "p4", "p5"], {}, from_anchors(ANCHORS)),
    "yolov7-levels": (lambda: V5Levels(True), ["p3", "p4", "p5"], {}, from_anchors(V7_ANCHORS)),
    "yolo-nms": (Rows, ["output0"], {"names": repr(dict(enumerate(NAMES)))}, lambda y: y[:, :6].tolist()),
    "yolo-nms-one": (lambda: One("rows"), ["output0"], {"names": repr(dict(enumerate(NAMES)))}, lambda y: y[:, :6].tolist()),
    "yolov7-nms": (lambda: One("seven"), ["output"], {"names": repr(dict(enumerate(NAMES)))}, from_seven),
    "torchvision": (lambda: One("parts"), ["boxes", "scores", "labels"], {"names": repr(dict(enumerate(NAMES)))}, from_parts),
    "tf-detection": (
        Tensorflow,
        ["detection_boxes", "detection_classes", "detection_scores", "num_detections"],
        {"names": repr(dict(enumerate(NAMES)))},
        lambda b, c, s, n: np.concatenate([b[..., [1, 0, 3, 2]] * SIZE, s[..., None], c[..., None] - 1], -1)[:, :6].tolist(),
    ),
    "ssd": (
        Ssd,
        ["bboxes", "labels", "scores"],
        {"names": repr(dict(enumerate(NAMES)))},
        lambda b, c, s: np.concatenate([b * SIZE, s[..., None], c[..., None] - 1], -1)[:, :6].tolist(),
    ),
    "boxes-scores": (Plain, ["boxes", "scores"], {}, top),
    "detr": (
        lambda: Detr(92),
        ["logits", "pred_boxes"],
        {},
        lambda s, b: top(xyxy(b) * SIZE, softmax(s, -1)[..., :-1]),
    ),
    "rt-detr": (lambda: Detr(80), ["logits", "pred_boxes"], {}, lambda s, b: top(xyxy(b) * SIZE, 1 / (1 + np.exp(-s)))),
    "class-map": (lambda: Segmenter(4, "quarter"), ["logits"], {}, resized),
    "class-map-softmax": (lambda: Segmenter(4, "softmax"), ["out"], {}, None),
    "class-map-labels": (lambda: Segmenter(4, "labels"), ["labels"], {}, None),
    "mask": (lambda: Segmenter(1, "sigmoid"), ["mask"], {}, None),
    "text-map": (lambda: Segmenter(1, "sigmoid"), ["fetch_name_0"], {}, None),
}


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    x = picture()
    file = OUT / "answers.json"
    wanted = sys.argv[1:] or list(MODELS)
    answers = json.loads(file.read_text()) if sys.argv[1:] else {}
    for name in wanted:
        make, outputs, metadata, decode = MODELS[name]
        torch.manual_seed(sum(map(ord, name)))
        model = make().eval()
        with torch.no_grad():
            for p in model.parameters():
                p.mul_(2 if p.dim() > 1 else 1)
        path = OUT / f"{name}.onnx"
        one = isinstance(model, One)
        torch.onnx.export(
            model,
            (torch.tensor(x[:1] if one else x),),
            str(path),
            input_names=["images"],
            output_names=outputs,
            dynamic_axes=None if one else {"images": {0: "batch"}, **{o: {0: "batch"} for o in outputs}},
            opset_version=17,
            dynamo=False,
        )
        saved = onnx.load(path)
        for key, value in metadata.items():
            entry = saved.metadata_props.add()
            entry.key, entry.value = key, value
        if name == "text-map":
            saved.producer_name = "PaddlePaddle"
        onnx.save(saved, path)
        fed = x[:, ::-1].copy() if name in ("yolox", "text-map") else x
        session = ort.InferenceSession(str(path), providers=["CPUExecutionProvider"])
        if one:
            lists = [decode(*session.run(None, {"images": fed[i : i + 1]}))[0] for i in range(len(fed))]
            answers[name] = {"boxes": [[[round(v, 5) for v in row] for row in p] for p in lists]}
            continue
        given = session.run(None, {"images": fed})
        if name.startswith("class-map"):
            labels = given[0] if name.endswith("labels") else (decode(given[0]) if decode else given[0]).argmax(1)
            answers[name] = {"labels": np.bincount(labels.reshape(-1), minlength=4).tolist(), "row": labels[1, 20].tolist()}
        elif decode is None:
            answers[name] = {"row": [round(float(v), 6) for v in given[0][1, 0, 20]]}
        else:
            answers[name] = {"boxes": [[[round(v, 5) for v in row] for row in p] for p in decode(*given)]}
    file.write_text(json.dumps(answers, separators=(",", ":")) + "\n")


main()
