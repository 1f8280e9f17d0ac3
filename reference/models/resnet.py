"""Writes src/models/resnet/fixtures/*.json with formula weights: timm's ResNet and, for widths that timm does not have and for
CIFAR, the definitions below; the first is checked against timm at width 1. See recording.py."""

import timm
import torch
import torch.nn.functional as F
from recording import record  # puts reference/ on the path
from formula import fill, uniform
from torch import nn


class Block(nn.Module):
    """Basic (two 3×3) or bottleneck (1×1, 3×3, 1×1); `shortcut` is a module, or None for He et al.'s option A."""

    def __init__(self, cin, planes, stride, bottleneck=False, project=True):
        super().__init__()
        out = planes * (4 if bottleneck else 1)
        shapes = [(cin, planes, 1, 1), (planes, planes, 3, stride), (planes, out, 1, 1)] if bottleneck else [(cin, planes, 3, stride), (planes, planes, 3, 1)]
        self.count, self.stride, self.more = len(shapes), stride, out - cin
        for i, (a, b, k, s) in enumerate(shapes, 1):
            self.add_module(f'conv{i}', nn.Conv2d(a, b, k, s, k // 2, bias=False))
            self.add_module(f'bn{i}', nn.BatchNorm2d(b))
        self.project = project
        if project and (stride > 1 or cin != out):
            self.downsample = nn.Sequential(nn.Conv2d(cin, out, 1, stride, bias=False), nn.BatchNorm2d(out))

    def forward(self, x):
        y = x
        for i in range(1, self.count + 1):
            y = getattr(self, f'bn{i}')(getattr(self, f'conv{i}')(y))
            y = F.relu(y) if i < self.count else y
        if not self.project:
            x = F.pad(x[:, :, ::self.stride, ::self.stride], (0, 0, 0, 0, self.more // 2, self.more - self.more // 2))
        elif hasattr(self, 'downsample'):
            x = self.downsample(x)
        return F.relu(y + x)


class Net(nn.Module):
    def __init__(self, first, head, planes, depths, classes, channels, bottleneck=False, project=True):
        super().__init__()
        k, s = first
        self.conv1, self.bn1 = nn.Conv2d(channels, planes[0], k, s, k // 2, bias=False), nn.BatchNorm2d(planes[0])
        self.pool = nn.MaxPool2d(3, 2, 1) if s > 1 else nn.Identity()
        self.stages, cin = len(planes), planes[0]
        for i, (p, d) in enumerate(zip(planes, depths), 1):
            blocks = []
            for j in range(d):
                blocks.append(Block(cin, p, 2 if i > 1 and j == 0 else 1, bottleneck, project))
                cin = p * (4 if bottleneck else 1)
            self.add_module(f'layer{i}', nn.Sequential(*blocks))
        self.head = head
        self.add_module(head, nn.Linear(cin, classes))

    def features(self, x):
        x, maps = self.pool(F.relu(self.bn1(self.conv1(x)))), []
        for i in range(1, self.stages + 1):
            x = getattr(self, f'layer{i}')(x)
            maps.append(x)
        return maps

    def forward(self, x):
        return getattr(self, self.head)(self.features(x)[-1].mean((2, 3)))


def scaled(width, depths, classes, channels, bottleneck):
    return Net((7, 2), 'fc', [int(width * c) for c in (64, 128, 256, 512)], depths, classes, channels, bottleneck)


def cifar(width, depth, classes, channels):
    return Net((3, 1), 'linear', [int(width * c) for c in (16, 32, 64)], [depth] * 3, classes, channels, project=False)


def same_as_timm(variant, depths, bottleneck):
    x = torch.from_numpy(uniform('input', (1, 3, 67, 64)))
    models = [scaled(1, depths, 5, 3, bottleneck), timm.create_model(variant, num_classes=5)]
    for m in models:
        fill(m)
        m.eval()
    with torch.no_grad():
        a, b = (m(x) for m in models)
    assert torch.allclose(a, b, rtol=1e-5, atol=1e-5), (a, b)


def case(variant, size, make, maps, first, classes, batch, overrides=None, channels=3, gradients=False):
    size = [size, size] if isinstance(size, int) else size
    name = '-'.join([variant, *(f'{k}{"".join(map(str, v)) if isinstance(v, list) else v}' for k, v in (overrides or {}).items()), f'{size[0]}x{size[1]}'])
    record('resnet', name, make, lambda m, x: [(first * 2**i, f) for i, f in enumerate(maps(m, x))], variant=variant,
           options=dict(size=size, classes=classes, channels=channels), overrides=overrides, batch=batch, gradients=gradients)


def of_timm(variant, size, classes, batch=1, channels=3):
    case(variant, size, lambda: timm.create_model(variant, num_classes=classes, in_chans=channels),
         lambda m, x: m.forward_intermediates(x, intermediates_only=True)[1:], 4, classes, batch, channels=channels)


def of_scaled(variant, size, classes, width, depths, bottleneck, batch, overrides, gradients=False):
    case(variant, size, lambda: scaled(width, depths, classes, 3, bottleneck), Net.features, 4, classes, batch, overrides, gradients=gradients)


def of_cifar(variant, size, classes, width, depth, batch, overrides=None, channels=3, gradients=False):
    case(variant, size, lambda: cifar(width, depth, classes, channels), Net.features, 1, classes, batch, overrides, channels, gradients)


if __name__ == '__main__':
    same_as_timm('resnet34', [3, 4, 6, 3], False)
    same_as_timm('resnet50', [3, 4, 6, 3], True)
    of_timm('resnet18', 224, 1000)
    of_timm('resnet18', [97, 130], 5, channels=1, batch=2)
    of_timm('resnet50', 224, 1000)
    of_timm('resnet50d', [75, 98], 6)
    of_scaled('resnet50', 128, 12, 0.375, [3, 4, 6, 3], True, 1, dict(width=0.375))
    of_scaled('resnet18', [128, 112], 5, 0.125, [1, 1, 1, 1], False, 2, dict(width=0.125, depths=[1, 1, 1, 1]), gradients=True)
    of_scaled('resnet50', [128, 112], 5, 0.125, [1, 2, 1, 1], True, 2, dict(width=0.125, depths=[1, 2, 1, 1]), gradients=True)
    of_cifar('resnet20', 32, 10, 1, 3, 2)
    of_cifar('resnet20', [45, 38], 7, 1, 3, 2, channels=1)
    of_cifar('resnet20', 32, 4, 0.5, 1, 2, dict(width=0.5, depth=1), gradients=True)
