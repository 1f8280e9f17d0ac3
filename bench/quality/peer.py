"""PyTorch's side of bench/quality.ts: fine-tunes the same MobileNetV2 on the same images as recipe.json says. Needs torch, numpy and Pillow only.

  python peer.py --root ../shared/data --out peer.json [--device cuda] [--seeds 0,1,2] [--sets x-sdd] [--epochs 10] [--steps 3]

Which images are for what is read from splits/<set>-<seed>.json, which our side writes. Each training is judged on the test split in four
ways: the weights or their average (EMA), of the best epoch (most right of the validation split, then the smaller loss) or the last one.
"""

import argparse
import copy
import json
import math
import platform
import random
import time
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image, ImageEnhance
from torch import nn

HERE = Path(__file__).resolve().parent


class SameConv(nn.Conv2d):
    """Padded as TensorFlow does: the odd pixel goes behind."""

    def forward(self, x):
        pads = []
        for length, kernel, stride in zip(x.shape[:1:-1], self.kernel_size[::-1], self.stride[::-1], strict=True):
            pad = max((math.ceil(length / stride) - 1) * stride + kernel - length, 0)
            pads += [pad // 2, pad - pad // 2]
        return super().forward(F.pad(x, pads))


def conv(inputs, outputs, kernel=1, stride=1, groups=1):
    return SameConv(inputs, outputs, kernel, stride, groups=groups, bias=False)


def norm(channels):
    return nn.BatchNorm2d(channels, eps=1e-3)


class Separable(nn.Module):
    def __init__(self, inputs, outputs):
        super().__init__()
        self.conv_dw, self.bn1 = conv(inputs, inputs, 3, groups=inputs), norm(inputs)
        self.conv_pw, self.bn2 = conv(inputs, outputs), norm(outputs)

    def forward(self, x):
        return self.bn2(self.conv_pw(F.relu6(self.bn1(self.conv_dw(x)))))


class Inverted(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        hidden = 6 * inputs
        self.conv_pw, self.bn1 = conv(inputs, hidden), norm(hidden)
        self.conv_dw, self.bn2 = conv(hidden, hidden, 3, stride, groups=hidden), norm(hidden)
        self.conv_pwl, self.bn3 = conv(hidden, outputs), norm(outputs)
        self.short = stride == 1 and inputs == outputs

    def forward(self, x):
        y = F.relu6(self.bn1(self.conv_pw(x)))
        y = F.relu6(self.bn2(self.conv_dw(y)))
        y = self.bn3(self.conv_pwl(y))
        return x + y if self.short else y


class MobileNetV2(nn.Module):
    """Sandler et al. 2018, table 2, with timm's names."""

    def __init__(self, classes):
        super().__init__()
        self.conv_stem, self.bn1 = conv(3, 32, 3, 2), norm(32)
        self.blocks = nn.ModuleList([nn.Sequential(Separable(32, 16))])
        inputs = 16
        for repeat, stride, outputs in [(2, 2, 24), (3, 2, 32), (4, 2, 64), (3, 1, 96), (3, 2, 160), (1, 1, 320)]:
            ins = [inputs] + [outputs] * (repeat - 1)
            self.blocks.append(nn.Sequential(*(Inverted(n, outputs, stride if i == 0 else 1) for i, n in enumerate(ins))))
            inputs = outputs
        self.conv_head, self.bn2 = conv(320, 1280), norm(1280)
        self.classifier = nn.Linear(1280, classes)  # Starts as nn.Linear does.

    def forward(self, x):
        x = F.relu6(self.bn1(self.conv_stem(x)))
        for block in self.blocks:
            x = block(x)
        x = F.relu6(self.bn2(self.conv_head(x)))
        return self.classifier(x.mean((2, 3)))

    def freeze(self, stage):
        """The stem and the stages up to and with this one stay as they are, their running statistics too."""
        self.frozen = [self.conv_stem, self.bn1, *self.blocks[: stage + 1]]
        for part in self.frozen:
            part.requires_grad_(False)

    def train(self, mode=True):
        super().train(mode)
        for part in self.frozen:
            part.eval()
        return self


def pretrained(folder, classes):
    """The network with the weights of model.safetensors, all but the classifier."""
    raw = (folder / 'model.safetensors').read_bytes()
    length = int.from_bytes(raw[:8], 'little')
    header = json.loads(raw[8 : 8 + length])
    dtypes = {'F16': np.float16, 'F32': np.float32}
    weights = {}
    for name, entry in header.items():
        if name == '__metadata__' or name.startswith('classifier.'):
            continue
        start, end = (8 + length + at for at in entry['data_offsets'])
        values = np.frombuffer(raw[start:end], dtypes[entry['dtype']]).reshape(entry['shape'])
        weights[name] = torch.from_numpy(values.astype(np.float32))
    model = MobileNetV2(classes)
    missing, unexpected = model.load_state_dict(weights, strict=False)
    left = [n for n in missing if not n.startswith('classifier.') and not n.endswith('num_batches_tracked')]
    assert not left and not unexpected, (left, unexpected)
    return model


class Pictures(torch.utils.data.Dataset):
    """Pictures of one split, decoded once; `vary` draws a random resized crop, mirrors and changes brightness and contrast."""

    def __init__(self, root, items, recipe, size, vflip, vary):
        self.pictures = [Image.open(root / path).convert('RGB') for path, _ in items]
        self.labels = [label for _, label in items]
        self.recipe, self.size, self.vflip, self.vary = recipe, size, vflip, vary
        self.mean, self.std = (np.float32(recipe['norm'][k])[:, None, None] for k in ('mean', 'std'))

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, i):
        x = self.pictures[i]
        size = (self.size, self.size)
        x = self.varied(x, size) if self.vary else x.resize(size, Image.Resampling.BICUBIC)
        x = np.asarray(x, np.float32).transpose(2, 0, 1) / 255
        return torch.from_numpy((x - self.mean) / self.std), self.labels[i]

    def varied(self, x, size):
        r = self.recipe
        x = x.resize(size, Image.Resampling.BILINEAR, box=crop(x.size, r['crop']))
        if random.random() < r['hflip']:
            x = x.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
        if random.random() < self.vflip:
            x = x.transpose(Image.Transpose.FLIP_TOP_BOTTOM)
        changes = [(ImageEnhance.Brightness, r['jitter']['brightness']), (ImageEnhance.Contrast, r['jitter']['contrast'])]
        for enhance, most in random.sample(changes, 2):
            x = enhance(x).enhance(1 + random.uniform(-most, most))
        return x


def crop(picture, recipe):
    """torchvision's RandomResizedCrop: (left, top, right, bottom)."""
    width, height = picture
    ratios = [math.log(r) for r in recipe['ratio']]
    for _ in range(10):
        area = width * height * random.uniform(*recipe['scale'])
        ratio = math.exp(random.uniform(*ratios))
        w, h = round(math.sqrt(area * ratio)), round(math.sqrt(area / ratio))
        if 0 < w <= width and 0 < h <= height:
            left, top = random.randint(0, width - w), random.randint(0, height - h)
            return left, top, left + w, top + h
    w = min(width, round(height * recipe['ratio'][1]))
    h = min(height, round(width / recipe['ratio'][0]))
    left, top = (width - w) // 2, (height - h) // 2
    return left, top, left + w, top + h


def seed_worker(_):
    random.seed(torch.initial_seed() % 2**32)


class Average:
    """Moving average of parameters and running statistics, short at first (timm's warm-up)."""

    def __init__(self, model, decay):
        self.model, self.decay, self.updates = copy.deepcopy(model).eval(), decay, 0

    @torch.no_grad()
    def update(self, model):
        self.updates += 1
        rest = 1 - min(self.decay, (1 + self.updates) / (10 + self.updates))
        for mine, new in zip(self.model.state_dict().values(), model.state_dict().values(), strict=True):
            if mine.is_floating_point():
                mine.lerp_(new, rest)


def judge(model, batches, device):
    """Accuracy, mean cross-entropy and expected calibration error (15 bins)."""
    model.eval()
    logits, labels = [], []
    with torch.inference_mode():
        for x, y in batches:
            logits.append(model(x.to(device)).double().cpu())
            labels.append(y)
    logits, labels = torch.cat(logits), torch.cat(labels)
    sure, named = logits.softmax(1).max(1)
    right = named == labels
    bins = (sure * 15).ceil().clamp(1, 15).long() - 1
    error = sum((right[bins == b].double() - sure[bins == b]).sum().abs().item() for b in range(15)) / len(labels)
    return {'accuracy': right.double().mean().item(), 'loss': F.cross_entropy(logits, labels).item(), 'calibrationError': error}


def rate(r, step, steps, warmup):
    """Linear warm-up, then half a cosine."""
    if step < warmup:
        return r['lr'] * (step + 1) / warmup
    done = (step - warmup) / max(1, steps - warmup)
    return r['minLr'] + 0.5 * (r['lr'] - r['minLr']) * (1 + math.cos(math.pi * done))


def fine_tune(recipe, args, name, seed):
    begin = time.perf_counter()
    torch.manual_seed(seed)
    random.seed(seed)
    given = recipe['sets'][name]
    split = json.loads((args.splits / f'{name}-{seed}.json').read_text())
    root, size = args.root / name / split['root'], given['size']
    varied = Pictures(root, split['train'], recipe, size, given['vflip'], vary=True)
    work = {'num_workers': args.workers, 'worker_init_fn': seed_worker, 'persistent_workers': args.workers > 0}
    train = torch.utils.data.DataLoader(varied, recipe['batch'], shuffle=True, drop_last=True, **work)
    plain = (Pictures(root, split[part], recipe, size, given['vflip'], vary=False) for part in ('val', 'test'))
    val, test = (list(torch.utils.data.DataLoader(pictures, 64)) for pictures in plain)  # Every epoch sees the same.

    model = pretrained(args.root / recipe['weights'], len(split['classes']))
    model.freeze(int(recipe['freeze'].removeprefix('blocks.')))
    model.to(args.device)
    trained = [p for p in model.parameters() if p.requires_grad]
    groups = [
        {'params': [p for p in trained if p.ndim > 1], 'weight_decay': recipe['weightDecay']},
        {'params': [p for p in trained if p.ndim == 1], 'weight_decay': 0},
    ]
    optimizer = torch.optim.AdamW(groups, recipe['lr'])
    average = Average(model, recipe['ema'])
    epochs = args.epochs or recipe['epochs']
    steps, warmup, step = epochs * len(train), round(recipe['warmup'] * len(train)), 0
    best, history = {}, []
    for epoch in range(epochs):
        model.train()
        for x, y in train:
            for group in optimizer.param_groups:
                group['lr'] = rate(recipe, step, steps, warmup)
            logits = model(x.to(args.device, non_blocking=True))
            loss = F.cross_entropy(logits, y.to(args.device), label_smoothing=recipe['labelSmoothing'])
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(trained, recipe['clip'])
            optimizer.step()
            average.update(model)
            step += 1
            if step == args.steps:
                break
        judged = {'weights': judge(model, val, args.device), 'average': judge(average.model, val, args.device)}
        for way, it in (('weights', model), ('average', average.model)):
            rank = judged[way]['accuracy'], -judged[way]['loss']
            if way not in best or rank > best[way][0]:
                best[way] = rank, epoch, copy.deepcopy(it.state_dict())
        history.append(judged)
        print(f'{name} {seed}: epoch {epoch + 1} {judged}', flush=True)
        if args.steps and step >= args.steps:
            break
    tested = {}
    for way, it in (('weights', model), ('average', average.model)):
        tested[way] = {'last': judge(it, test, args.device)}
        it.load_state_dict(best[way][2])
        tested[way]['best'] = {**judge(it, test, args.device), 'epoch': best[way][1]}
    seconds = round(time.perf_counter() - begin, 1)
    return {'set': name, 'seed': seed, 'images': len(split['test']), 'seconds': seconds, 'test': tested, 'val': history}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--root', type=Path, required=True, help='folder of shared data')
    parser.add_argument('--splits', type=Path, default=HERE / 'splits')
    parser.add_argument('--out', type=Path, required=True)
    parser.add_argument('--device', default='cpu', choices=['cpu', 'cuda'])
    parser.add_argument('--seeds', default='0,1,2')
    parser.add_argument('--sets')
    parser.add_argument('--epochs', type=int, help="instead of the recipe's")
    parser.add_argument('--steps', type=int, help='stop each training after so many')
    parser.add_argument('--workers', type=int, default=8)
    args = parser.parse_args()
    recipe = json.loads((HERE / 'recipe.json').read_text())
    torch.backends.cudnn.allow_tf32 = False
    names = args.sets.split(',') if args.sets else list(recipe['sets'])
    device = torch.cuda.get_device_name() if args.device == 'cuda' else platform.processor() or platform.machine()
    about = {'torch': torch.__version__, 'pillow': Image.__version__, 'device': device}
    runs = []
    for seed in map(int, args.seeds.split(',')):
        for name in names:
            runs.append(fine_tune(recipe, args, name, seed))
            args.out.write_text(json.dumps({'about': about, 'recipe': recipe, 'runs': runs}, indent=1))


if __name__ == '__main__':
    main()
