"""The peer of yosegi's segmentation: segmentation_models_pytorch's FPN on timm's mobilenetv2_100, on bsdata-pitting (requirements: common.py).

  python peer_segment.py train --steps N --batch 16 --lr 1e-3 --seed 0 [--device cuda] [--out FILE]
  python peer_segment.py time --batch 16      one training step here: what 30 minutes buy

Trained on crops of 256×256, half of which hold pitting; Dice + focal loss. Judged whole (padded to 480×1152) and by overlapping tiles of
256×256: IoU and Dice over all pixels of the test part, and per picture "defect or not". Threshold and picture score are chosen on the val part.
"""

import argparse

import numpy as np
import segmentation_models_pytorch as smp
import torch
import torch.nn.functional as F
from torch import nn

from common import (BACKBONE, Ema, adamw, auroc, bsdata, carry_out, freeze_batch_norm, load_backbone_weights, miss_rate,
                    photometric, place, schedule, training_arguments)

SIDE = 256
THRESHOLDS = [i / 20 for i in range(1, 20)]


def segmenter(root):
    model = smp.FPN('tu-mobilenetv2_100', encoder_weights=None, classes=1, **BACKBONE)
    load_backbone_weights(model.encoder.model, root)
    return model.to(memory_format=torch.channels_last)


class Crops:
    def __init__(self, items, device, seed):
        self.items = [{**i, 'image': i['image'].to(device), 'mask': i['mask'].to(device)} for i in items]
        self.with_boxes = [i for i in self.items if len(i['boxes'])]
        self.device, self.rng, self.order = device, np.random.default_rng(seed), []

    def next(self):
        rng = self.rng
        if not self.order:
            self.order = list(rng.permutation(len(self.items)))
        item = self.items[self.order.pop()]
        see = rng.random() < 0.5
        if see and not len(item['boxes']):
            item = self.with_boxes[rng.integers(len(self.with_boxes))]
        side = round(SIDE / float(np.exp(rng.uniform(np.log(0.7), np.log(1.4)))))
        H, W = item['mask'].shape
        side = min(side, H)
        if see:
            x0, y0, x1, y1 = item['boxes'][rng.integers(len(item['boxes']))].tolist()
            left, top = rng.uniform(*sorted((x1 - side, x0))), rng.uniform(*sorted((y1 - side, y0)))
        else:
            left, top = rng.uniform(0, W - side), rng.uniform(0, H - side)
        left, top = round(min(max(left, 0), W - side)), round(min(max(top, 0), H - side))
        x = item['image'][:, top:top + side, left:left + side].float() / 255
        m = item['mask'][top:top + side, left:left + side].float()
        x = F.interpolate(x[None], size=(SIDE, SIDE), mode='bilinear', antialias=True, align_corners=False)[0]
        m = F.interpolate(m[None, None], size=(SIDE, SIDE), mode='bilinear', antialias=True, align_corners=False)[0] > 0.5
        x = photometric(x, rng)
        for axis in (1, 2):
            if rng.random() < 0.5:
                x, m = x.flip(axis), m.flip(axis)
        return x * 2 - 1, m.float()

    def batch(self, n):
        x, m = zip(*(self.next() for _ in range(n)))
        return torch.stack(x).contiguous(memory_format=torch.channels_last), torch.stack(m)


class Training:
    def __init__(self, a):
        torch.manual_seed(a.seed)
        self.a, self.device = a, place(a.device)
        self.crops = Crops(bsdata(a.root, 'train', masks=True)[0], self.device, a.seed)
        self.model = segmenter(a.root).to(self.device)
        self.optimizer = adamw(self.model, self.model.encoder, a.lr, a.backbone_factor, a.decay)
        self.scheduler = schedule(self.optimizer, a.steps)
        self.ema = Ema(self.model, a.ema)
        self.dice = smp.losses.DiceLoss('binary')
        self.focal = smp.losses.FocalLoss('binary', gamma=2.0)
        self.model.train()
        if a.bn == 'frozen':
            freeze_batch_norm(self.model.encoder)

    def step(self):
        x, m = self.crops.batch(self.a.batch)
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.a.bf16):
            logits = self.model(x)
        logits = logits.float()
        other = self.focal(logits, m) * 10 if self.a.loss == 'focal' else F.binary_cross_entropy_with_logits(logits, m)
        loss = self.dice(logits, m) + other
        loss.backward()
        nn.utils.clip_grad_norm_(self.model.parameters(), 5.0)
        self.optimizer.step()
        self.scheduler.step()
        self.optimizer.zero_grad(set_to_none=True)
        self.ema.update(self.model)
        return loss


def padded(x, multiple=32):
    H, W = x.shape[-2:]
    return F.pad(x, (0, -W % multiple, 0, -H % multiple), mode='replicate')


def whole(model, x):
    H, W = x.shape[-2:]
    return model(padded(x).contiguous(memory_format=torch.channels_last)).float().sigmoid()[0, 0, :H, :W]


def tiled(model, x, step=192):
    """The mean of overlapping tiles, weighed towards their middles."""
    H, W = x.shape[-2:]
    at = lambda size: [*range(0, size - SIDE, step), size - SIDE]  # noqa: E731
    ramp = torch.hann_window(SIDE + 2, periodic=False, device=x.device)[1:-1] + 0.01
    weight = ramp[:, None] * ramp[None]
    total, seen = torch.zeros(H, W, device=x.device), torch.zeros(H, W, device=x.device)
    places = [(t, l) for t in at(H) for l in at(W)]
    tiles = torch.cat([x[..., t:t + SIDE, l:l + SIDE] for t, l in places]).contiguous(memory_format=torch.channels_last)
    for (t, l), p in zip(places, model(tiles).float().sigmoid()[:, 0]):
        total[t:t + SIDE, l:l + SIDE] += p * weight
        seen[t:t + SIDE, l:l + SIDE] += weight
    return total / seen


def picture_scores(p):
    """Ways to say 'defect' of a whole picture."""
    smooth = [F.avg_pool2d(p[None, None], k, 1, k // 2).max().item() for k in (1, 5, 9, 17)]
    top = p.flatten().topk(400).values
    return {'max': smooth[0], 'max of 5×5 means': smooth[1], 'max of 9×9 means': smooth[2], 'max of 17×17 means': smooth[3],
            'mean of the top 100': top[:100].mean().item(), 'mean of the top 400': top.mean().item(), 'area': p.sum().item()}


@torch.no_grad()
def seen(model, root, split, device, how):
    """For each threshold the counts over all pixels, and the scores of each picture."""
    model.eval()
    counts, pictures = np.zeros((len(THRESHOLDS), 3), dtype=np.int64), []
    for item in bsdata(root, split, masks=True)[0]:
        x = item['image'].to(device).float()[None] / 127.5 - 1
        p, m = how(model, x), item['mask'].to(device)
        for i, t in enumerate(THRESHOLDS):
            y = p > t
            counts[i] += [int((y & m).sum()), int((y & ~m).sum()), int((~y & m).sum())]
        pictures.append((item['defect'], picture_scores(p)))
    return counts, pictures


def iou(c):
    return float(c[0] / max(1, c.sum()))


def dice(c):
    return float(2 * c[0] / max(1, 2 * c[0] + c[1] + c[2]))


def judge(model, root, device):
    answer = {}
    for name, how in (('whole', whole), ('tiles', tiled)):
        val, val_pictures = seen(model, root, 'val', device, how)
        test, test_pictures = seen(model, root, 'test', device, how)
        best = int(np.argmax([iou(c) for c in val]))
        half = THRESHOLDS.index(0.5)
        divided = lambda pictures, k: ([s[k] for d, s in pictures if d], [s[k] for d, s in pictures if not d])  # noqa: E731
        ways = {}
        for k in val_pictures[0][1]:
            ways[k] = {'valAUROC': auroc(*divided(val_pictures, k)), 'valMissAt1': miss_rate(*divided(val_pictures, k)),
                       'testAUROC': auroc(*divided(test_pictures, k)), 'testMissAt1': miss_rate(*divided(test_pictures, k))}
        way = max(ways, key=lambda k: (ways[k]['valAUROC'], -ways[k]['valMissAt1']))
        answer[name] = {'threshold': THRESHOLDS[best], 'valIoU': iou(val[best]), 'IoU': iou(test[best]), 'Dice': dice(test[best]),
                        'valIoUat0.5': iou(val[half]), 'IoUat0.5': iou(test[half]), 'DiceAt0.5': dice(test[half]), 'pictureScore': way,
                        'pictureAUROC': ways[way]['testAUROC'], 'pictureMissAt1': ways[way]['testMissAt1'], 'ways': ways}
    return answer


def main():
    p = argparse.ArgumentParser()
    p.add_argument('what', choices=('train', 'time'))
    p.add_argument('--loss', choices=('focal', 'ce'), default='focal')
    training_arguments(p, batch=16)
    a = p.parse_args()
    carry_out(a, Training, 'smp FPN', {'what': "step of smp's FPN"},
              lambda t: {'judged': judge(t.model, a.root, t.device), 'smp': smp.__version__})


if __name__ == '__main__':
    main()
