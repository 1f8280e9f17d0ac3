"""What the dense peers share: the backbone with its ImageNet weights, the data in memory, schedule, EMA, timing.

Requirements (Python 3.11 or 3.12; measured with these, others do):
  torch 2.15.0 (2.11.0 on the GPU), torchvision 0.29.2 (0.26.0), timm 1.0.31, safetensors, numpy, pillow,
  segmentation-models-pytorch 0.6.0, pycocotools 2.0.11, anomalib 2.7.0 (peer_anomaly.py alone), scikit-learn, scipy
Data: shared/data of this project (bccd, bsdata-pitting, x-sdd, mobilenet-v2-imagenet), named with --root.

The backbone is timm's mobilenetv2_100 with Google's weights: padding SAME, BatchNorm eps 0.001, pixels in -1 … 1.
"""

import json
import math
import os
import statistics
import sys
import time
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import numpy as np
import timm
import torch
from PIL import Image
from safetensors.torch import load_file

BACKBONE = {'pad_type': 'same', 'bn_eps': 1e-3}
MEAN = STD = (0.5, 0.5, 0.5)

# bsdata-pitting: the positions of the train part that are kept for choices (26 pictures with pitting, 12 without, of 168).
VAL_POSITIONS = ('01_332500_225_crop_2', '01_560000_000_crop_2')


def default_root():
    here = Path(__file__).resolve()
    for parent in here.parents:
        if (parent / 'shared/data').is_dir():
            return parent / 'shared/data'
    return Path('shared/data')


def load_backbone_weights(module, root):
    """Into a timm mobilenetv2_100 (or what holds its layers under the same names); the classifier's part is left out where there is none."""
    state = load_file(str(Path(root) / 'mobilenet-v2-imagenet/model.safetensors'))
    own = module.state_dict()
    state = {name: tensor.float() for name, tensor in state.items() if name in own}
    missing = [n for n in own if n not in state and not n.endswith('num_batches_tracked')]
    if missing:
        raise ValueError(f'weights for {len(missing)} tensors are missing: {missing[:5]}')
    module.load_state_dict(state, strict=False)
    return module


def features(root, out_indices=(2, 3, 4)):
    """Feature maps of the strides 8, 16, 32 (2, 3, 4): 32, 96, 320 channels."""
    net = timm.create_model('mobilenetv2_100', features_only=True, out_indices=out_indices, **BACKBONE)
    return load_backbone_weights(net, root)


def freeze_batch_norm(module):
    """BatchNorm with the statistics it has; scale and offset still train."""
    for m in module.modules():
        if isinstance(m, torch.nn.BatchNorm2d):
            m.eval()


def picture(path):
    """uint8, CHW."""
    with Image.open(path) as image:
        return torch.from_numpy(np.array(image.convert('RGB'))).permute(2, 0, 1).contiguous()


def bccd(root, split):
    """Pictures with boxes (x0, y0, x1, y1: continuous pixels from 0, as yosegi reads Pascal VOC) and labels; boxes without area are dropped."""
    base = Path(root) / 'bccd'
    classes = ('RBC', 'WBC', 'Platelets')
    items = []
    for name in (base / f'ImageSets/Main/{split}.txt').read_text().split():
        boxes, labels = [], []
        for o in ElementTree.parse(base / f'Annotations/{name}.xml').getroot().iter('object'):
            b = o.find('bndbox')
            x0, y0, x1, y1 = (float(b.find(k).text) for k in ('xmin', 'ymin', 'xmax', 'ymax'))
            if x1 > x0 and y1 > y0:
                boxes.append((max(0, x0 - 1), max(0, y0 - 1), min(640, x1), min(480, y1)))
                labels.append(classes.index(o.find('name').text))
        items.append({'file': f'{name}.jpg', 'image': picture(base / f'JPEGImages/{name}.jpg'),
                      'boxes': torch.tensor(boxes, dtype=torch.float32).reshape(-1, 4), 'labels': torch.tensor(labels, dtype=torch.int64)})
    return items, classes


def bsdata(root, split, masks=False):
    """`split` is train, val (two positions of the given train part) or test."""
    base = Path(root) / 'bsdata-pitting'
    notes = json.loads((base / 'annotations.json').read_text())
    items = []
    for n in notes['images']:
        part = n['split']
        if part == 'train' and n['position'] in VAL_POSITIONS:
            part = 'val'
        if part != split:
            continue
        item = {'file': n['file'], 'defect': n['defect'], 'image': picture(base / 'images' / n['file']),
                'boxes': torch.tensor(n['boxes'], dtype=torch.float32).reshape(-1, 4), 'labels': torch.zeros(len(n['boxes']), dtype=torch.int64)}
        if masks:
            with Image.open(base / 'masks' / (Path(n['file']).stem + '.png')) as m:
                item['mask'] = torch.from_numpy(np.array(m.convert('L')) > 127)
        items.append(item)
    return items, ('pitting',)


def photometric(x, rng):
    """Brightness, contrast, saturation; x float CHW in 0 … 1."""
    b, c, s = (float(v) for v in rng.uniform(0.8, 1.2, 3))
    x = x * b
    x = (x - x.mean()) * c + x.mean()
    grey = x.mean(0, keepdim=True)
    return ((x - grey) * s + grey).clamp(0, 1)


def schedule(optimizer, steps, warmup=0.05):
    """Linear from 0 over the first twentieth, then a cosine to 0."""
    first = max(1, int(steps * warmup))

    def factor(step):
        if step < first:
            return (step + 1) / first
        return 0.5 * (1 + math.cos(math.pi * (step - first) / max(1, steps - first)))

    return torch.optim.lr_scheduler.LambdaLR(optimizer, factor)


def adamw(model, backbone, lr, factor, decay):
    """The backbone learns at `factor` of the rate; biases and norms do not decay."""
    inside = {id(p) for p in backbone.parameters()}
    groups = {}
    for p in model.parameters():
        if p.requires_grad:
            key = (id(p) in inside, p.ndim <= 1)
            groups.setdefault(key, []).append(p)
    return torch.optim.AdamW([{'params': ps, 'lr': lr * (factor if b else 1), 'weight_decay': 0 if flat else decay}
                              for (b, flat), ps in groups.items()])


class Ema:
    """A mean of the weights over about 1 / (1 - decay) steps, fewer at the beginning; whole numbers are taken as they are."""

    def __init__(self, model, decay):
        self.decay, self.steps = decay, 0
        self.mean = {k: v.detach().clone() for k, v in model.state_dict().items()}

    @torch.no_grad()
    def update(self, model):
        self.steps += 1
        d = min(self.decay, (1 + self.steps) / (10 + self.steps))
        floats, others = [], []
        for k, v in model.state_dict().items():
            (floats if v.is_floating_point() else others).append((self.mean[k], v))
        torch._foreach_lerp_([m for m, _ in floats], [v for _, v in floats], 1 - d)
        for m, v in others:
            m.copy_(v)

    def into(self, model):
        model.load_state_dict(self.mean)


def time_steps(step, count, warm=1):
    """
    Time of `count` steps after `warm` ones: on the clock, and of the processor (all threads), which other programs on the machine
    disturb less; with the load of the machine, and how many steps 30 minutes of two cores hold by either.
    """
    for _ in range(warm):
        step()
    wall, cpu = [], []
    for _ in range(count):
        begin, used = time.perf_counter(), time.process_time()
        step()
        wall.append(time.perf_counter() - begin)
        cpu.append(time.process_time() - used)
    threads = torch.get_num_threads()
    return {'steps': count, 'threads': threads, 'load': [round(v, 2) for v in os.getloadavg()],
            'wallSeconds': {'min': round(min(wall), 3), 'median': round(statistics.median(wall), 3)},
            'cpuSeconds': {'min': round(min(cpu), 3), 'median': round(statistics.median(cpu), 3)},
            'stepsIn30Minutes': {'byLeastWall': int(1800 / min(wall)), 'byMedianWall': int(1800 / statistics.median(wall)),
                                 'byLeastCpu': int(3600 / min(cpu)), 'byMedianCpu': int(3600 / statistics.median(cpu))}}


def auroc(positive, negative):
    """Share of pairs in the right order; equal ones count half."""
    p, n = np.asarray(positive, dtype=np.float64), np.asarray(negative, dtype=np.float64)
    if not len(p) or not len(n):
        return float('nan')
    return float(((p[:, None] > n[None]).sum() + 0.5 * (p[:, None] == n[None]).sum()) / (len(p) * len(n)))


def miss_rate(positive, negative, false_alarms=0.01):
    """Share of the positives not above the lowest threshold that raises at most `false_alarms` of the negatives (a score above it alarms)."""
    p, n = np.asarray(positive, dtype=np.float64), np.sort(np.asarray(negative, dtype=np.float64))[::-1]
    threshold = n[int(math.floor(false_alarms * len(n)))]
    return float((p <= threshold).mean())


def spread(values):
    values = [float(v) for v in values]
    return {'mean': round(statistics.fmean(values), 5), 'sd': round(statistics.stdev(values), 5) if len(values) > 1 else 0.0,
            'values': [round(v, 5) for v in values]}


def versions():
    import torchvision

    return {'torch': torch.__version__, 'torchvision': torchvision.__version__, 'timm': timm.__version__,
            'device': torch.cuda.get_device_name(0) if torch.cuda.is_available() else 'cpu'}


def place(device):
    if device == 'cuda':
        torch.backends.cudnn.benchmark = True
        torch.backends.cuda.matmul.allow_tf32 = True
        torch.set_num_threads(1)
    return torch.device(device)


def training_arguments(parser, batch):
    """The options that the trained peers have in common, behind those of their own."""
    parser.add_argument('--root', default=default_root())
    parser.add_argument('--steps', type=int, default=300)
    parser.add_argument('--batch', type=int, default=batch)
    parser.add_argument('--lr', type=float, default=1e-3)
    parser.add_argument('--backbone-factor', type=float, default=0.3)
    parser.add_argument('--decay', type=float, default=0.05)
    parser.add_argument('--ema', type=float, default=0.98)
    parser.add_argument('--bn', choices=('frozen', 'live'), default='frozen')
    parser.add_argument('--seed', type=int, default=0)
    parser.add_argument('--device', default='cpu')
    parser.add_argument('--bf16', action='store_true')
    parser.add_argument('--threads', type=int, default=2)
    parser.add_argument('--measured', type=int, default=10, help='steps that time measures')
    parser.add_argument('--out')


def carry_out(a, training, title, timed, judged):
    """Times a few steps, or trains, judges and prints one line of JSON; `judged` gives what is said of the trained model."""
    if a.device == 'cpu':
        torch.set_num_threads(a.threads)
    t = training(a)
    if a.what == 'time':
        print(json.dumps({**timed, 'batch': a.batch, 'bn': a.bn, 'bf16': a.bf16, **time_steps(lambda: t.step().item(), a.measured)}))
        return
    begin, losses = time.time(), []
    for i in range(a.steps):
        loss = t.step()
        if i % 50 == 49 or i == a.steps - 1:
            losses.append(round(loss.item(), 4))
            print(f'{title} lr {a.lr} seed {a.seed}: step {i + 1}, loss {losses[-1]}, {time.time() - begin:.0f} s', file=sys.stderr, flush=True)
    seconds = time.time() - begin
    t.ema.into(t.model)
    settings = {k: v for k, v in vars(a).items() if k not in ('out', 'what', 'root', 'measured')}
    answer = {**settings, 'parameters': sum(p.numel() for p in t.model.parameters()), 'seconds': round(seconds, 1), 'losses': losses,
              **judged(t), **versions()}
    text = json.dumps(answer)
    print(text)
    if a.out:
        Path(a.out).write_text(text)
