"""The peer of yosegi's detection: torchvision's FCOS with an FPN on timm's mobilenetv2_100 (requirements: common.py).

  python peer_detect.py train --data bccd|bsdata --steps N --batch 8 --lr 1e-3 --seed 0 [--device cuda] [--out FILE]
  python peer_detect.py time --data bccd --batch 8       one training step here: what 30 minutes buy

`--variant standard` is torchvision's own head (256 channels, 4 convolutions, 5 levels), `light` 128 channels and 2 convolutions.
Judged by pycocotools on the test part, all boxes alike ('difficult' is not looked at). Training sees the train part, choices the val part.
"""

import argparse
import contextlib
import io
import json
import time
from collections import OrderedDict

import numpy as np
import torch
import torch.nn.functional as F
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval
from torch import nn
from torchvision.models.detection.fcos import FCOS, FCOSHead
from torchvision.models.detection.anchor_utils import AnchorGenerator
from torchvision.ops import FeaturePyramidNetwork, clip_boxes_to_image
from torchvision.ops.feature_pyramid_network import LastLevelP6P7

from common import (Ema, MEAN, STD, adamw, auroc, bccd, bsdata, carry_out, features, freeze_batch_norm, miss_rate, photometric,
                    place, schedule, training_arguments)

SIZE = {'bccd': (320, 416), 'bsdata': (320, 416)}  # what a training picture is; bccd is tested so too, bsdata whole at 460 × 1130
VARIANTS = {'standard': (256, 4), 'light': (128, 2)}


class Backbone(nn.Module):
    def __init__(self, root, channels):
        super().__init__()
        self.body = features(root)
        self.out_channels = channels
        self.fpn = FeaturePyramidNetwork([32, 96, 320], channels, extra_blocks=LastLevelP6P7(channels, channels))

    def forward(self, x):
        maps = self.body(x.contiguous(memory_format=torch.channels_last))
        return self.fpn(OrderedDict((str(i), m) for i, m in enumerate(maps)))


def detector(root, data, classes, variant):
    channels, convolutions = VARIANTS[variant]
    size = SIZE['bccd'] if data == 'bccd' else (460, 1130)
    anchors = AnchorGenerator(((8,), (16,), (32,), (64,), (128,)), ((1.0,),) * 5)
    model = FCOS(Backbone(root, channels), classes, min_size=min(size), max_size=max(size), image_mean=MEAN, image_std=STD,
                 anchor_generator=anchors, head=FCOSHead(channels, 1, classes, convolutions), score_thresh=0.02, nms_thresh=0.6,
                 detections_per_img=300)
    # The pictures come at their size: no second resize.
    model.transform.resize = lambda image, target=None: (image, target)
    return model.to(memory_format=torch.channels_last)


class Pictures:
    """Training pictures in memory, cut, scaled, flipped and lit anew each time."""

    def __init__(self, items, data, device, seed):
        self.items = [{**i, 'image': i['image'].to(device)} for i in items]
        self.data, self.device, self.rng = data, device, np.random.default_rng(seed)
        self.with_boxes = [i for i in self.items if len(i['boxes'])]
        self.order = []

    def next(self):
        if not self.order:
            self.order = list(self.rng.permutation(len(self.items)))
        item = self.items[self.order.pop()]
        if self.data == 'bccd':
            base = 480 / 320  # source pixels an output pixel takes at scale 1
            zoom = float(np.exp(self.rng.uniform(np.log(0.7), np.log(1.6))))
            see = False
        else:
            base = 1.0
            zoom = float(np.exp(self.rng.uniform(np.log(0.7), np.log(1.4))))
            see = self.rng.random() < 0.5
            if see and not len(item['boxes']):
                item = self.with_boxes[self.rng.integers(len(self.with_boxes))]
        return self.cut(item, base / zoom, see)

    def cut(self, item, step, see):
        """`step` source pixels an output pixel; `see`: a box lies inside the cut."""
        rng, image = self.rng, item['image']
        h, w = SIZE[self.data]
        aspect = float(np.exp(rng.uniform(-0.1, 0.1)))
        sh, sw = h * step * aspect, w * step / aspect
        H, W = image.shape[-2:]
        if see:
            x0, y0, x1, y1 = item['boxes'][rng.integers(len(item['boxes']))].tolist()
            left = rng.uniform(*ordered(x1 - sw, x0))
            top = rng.uniform(*ordered(y1 - sh, y0))
            left, top = inside(left, sw, W), inside(top, sh, H)
        else:
            left, top = rng.uniform(*ordered(0, W - sw)), rng.uniform(*ordered(0, H - sh))
        # What of the cut lies on the picture, and where it goes.
        a, b = max(0, round(left)), min(W, round(left + sw))
        c, d = max(0, round(top)), min(H, round(top + sh))
        fx, fy = w / sw, h / sh
        ox, oy = max(0, round((a - left) * fx)), max(0, round((c - top) * fy))
        nw, nh = min(w - ox, max(1, round((b - a) * fx))), min(h - oy, max(1, round((d - c) * fy)))
        part = F.interpolate(image[None, :, c:d, a:b].float() / 255, size=(nh, nw), mode='bilinear', antialias=True, align_corners=False)[0]
        out = torch.full((3, h, w), 0.5, device=self.device)
        out[:, oy:oy + nh, ox:ox + nw] = photometric(part, rng)
        boxes = item['boxes'].clone()
        gx, gy = nw / (b - a), nh / (d - c)
        boxes[:, 0::2] = (boxes[:, 0::2] - a) * gx + ox
        boxes[:, 1::2] = (boxes[:, 1::2] - c) * gy + oy
        area = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
        boxes = clip_boxes_to_image(boxes, (h, w))
        sides = boxes[:, 2:] - boxes[:, :2]
        keep = (sides.min(1).values > 2) & (sides.prod(1) > 0.35 * area)
        boxes, labels = boxes[keep], item['labels'][keep]
        if rng.random() < 0.5:
            out, boxes[:, [0, 2]] = out.flip(2), w - boxes[:, [2, 0]]
        if rng.random() < 0.5:
            out, boxes[:, [1, 3]] = out.flip(1), h - boxes[:, [3, 1]]
        return out, {'boxes': boxes.to(self.device), 'labels': labels.to(self.device)}

    def batch(self, n):
        images, targets = zip(*(self.next() for _ in range(n)))
        return list(images), list(targets)


def ordered(a, b):
    return (a, b) if a <= b else (b, a)


def inside(at, size, whole):
    low, high = ordered(0, whole - size)
    return min(max(at, low), high)


class Training:
    def __init__(self, a):
        torch.manual_seed(a.seed)
        self.a, self.device = a, place(a.device)
        items, self.classes = (bccd if a.data == 'bccd' else bsdata)(a.root, 'train')
        self.pictures = Pictures(items, a.data, self.device, a.seed)
        self.model = detector(a.root, a.data, len(self.classes), a.variant).to(self.device)
        self.optimizer = adamw(self.model, self.model.backbone.body, a.lr, a.backbone_factor, a.decay)
        self.scheduler = schedule(self.optimizer, a.steps)
        self.ema = Ema(self.model, a.ema)
        self.model.train()
        if a.bn == 'frozen':
            freeze_batch_norm(self.model.backbone.body)

    def step(self):
        images, targets = self.pictures.batch(self.a.batch)
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.a.bf16):
            losses = self.model(images, targets)
        loss = sum(losses.values())
        loss.backward()
        nn.utils.clip_grad_norm_(self.model.parameters(), 10.0)
        self.optimizer.step()
        self.scheduler.step()
        self.optimizer.zero_grad(set_to_none=True)
        self.ema.update(self.model)
        return loss


@torch.no_grad()
def judge(model, data, root, split, device):
    """AP and its kin of COCO, and 'defect or not' where pictures without any box exist."""
    items, classes = (bccd if data == 'bccd' else bsdata)(root, split)
    truth = {'info': {}, 'images': [], 'annotations': [], 'categories': [{'id': i + 1, 'name': c} for i, c in enumerate(classes)]}
    found, best = [], []
    model.eval()
    for n, item in enumerate(items):
        H, W = item['image'].shape[-2:]
        truth['images'].append({'id': n + 1, 'width': W, 'height': H})
        for box, label in zip(item['boxes'].tolist(), item['labels'].tolist()):
            x0, y0, x1, y1 = box
            truth['annotations'].append({'id': len(truth['annotations']) + 1, 'image_id': n + 1, 'category_id': label + 1, 'iscrowd': 0,
                                         'bbox': [x0, y0, x1 - x0, y1 - y0], 'area': (x1 - x0) * (y1 - y0)})
        x = item['image'].to(device).float()[None] / 255
        fx = fy = 1.0
        if data == 'bccd':
            h, w = SIZE[data]
            x = F.interpolate(x, size=(h, w), mode='bilinear', antialias=True, align_corners=False)
            fx, fy = W / w, H / h
        out = model([x[0]])[0]
        boxes = out['boxes'].float().cpu() * torch.tensor([fx, fy, fx, fy])
        best.append((bool(len(item['boxes'])), float(out['scores'].max()) if len(out['scores']) else 0.0))
        for box, score, label in zip(boxes.tolist(), out['scores'].tolist(), out['labels'].tolist()):
            x0, y0, x1, y1 = box
            found.append({'image_id': n + 1, 'category_id': label + 1, 'bbox': [x0, y0, x1 - x0, y1 - y0], 'score': score})
    with contextlib.redirect_stdout(io.StringIO()):
        coco = COCO()
        coco.dataset = truth
        coco.createIndex()
        result = {'AP': 0.0, 'AP50': 0.0, 'AP75': 0.0, 'perClassAP50': {}}
        if found:
            e = COCOeval(coco, coco.loadRes(found), 'bbox')
            e.evaluate()
            e.accumulate()
            e.summarize()
            s = e.stats
            result = {'AP': s[0], 'AP50': s[1], 'AP75': s[2], 'APsmall': s[3], 'APmedium': s[4], 'APlarge': s[5], 'AR100': s[8]}
            p = e.eval['precision'][0, :, :, 0, 2]
            result['perClassAP50'] = {c: float(p[:, i].mean()) for i, c in enumerate(classes)}
    positive, negative = [s for d, s in best if d], [s for d, s in best if not d]
    if negative:
        result['pictureAUROC'], result['pictureMissAt1'] = auroc(positive, negative), miss_rate(positive, negative)
    return json.loads(json.dumps(result, default=float))


def main():
    p = argparse.ArgumentParser()
    p.add_argument('what', choices=('train', 'time'))
    p.add_argument('--data', choices=tuple(SIZE), default='bccd')
    p.add_argument('--variant', choices=tuple(VARIANTS), default='standard')
    training_arguments(p, batch=8)
    a = p.parse_args()
    carry_out(a, Training, f'{a.data} {a.variant}', {'what': 'step of FCOS', 'variant': a.variant},
              lambda t: {part: judge(t.model, a.data, a.root, part, t.device) for part in ('val', 'test')})


if __name__ == '__main__':
    main()
