"""The peer of yosegi's anomaly task: Anomalib's PatchCore on timm's mobilenetv2_100, levels of strides 8 and 16 (requirements: common.py).

  python peer_anomaly.py run --data bsdata|x-sdd --size 256 256 --ratio 0.1 --seed 0 [--device cuda] [--out FILE]
  python peer_anomaly.py check        this file's PatchCore against anomalib's own classes (needs anomalib): the same memory, scores, maps

anomalib 2.7.0's computation is stated again here with torch alone, so that it runs where anomalib is not: 3×3 means of each level, the
coarser ones enlarged (bilinear) to the finest, sparse random projection (eps 0.9), greedy k-centres from a random one, the nearest
neighbour's distance per patch, the largest weighed by its neighbour's 9 neighbours for the picture, the map enlarged and blurred (sigma 4).

bsdata: the defect-free pictures of the train part are good; the test part judges. x-sdd: each class once as good (its pictures of the train
list), judged on the whole test list. Maps are judged at the picture's own size.
"""

import argparse
import json
import sys
import time
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from scipy import ndimage
from sklearn.utils.random import sample_without_replacement

from common import auroc, bsdata, default_root, features, picture, place, versions


def projection(samples, width, eps=0.9):
    """anomalib's SparseRandomProjection, drawn from torch's and numpy's global generators: [components, width]."""
    components = int(4 * np.log(samples) / (eps**2 / 2 - eps**3 / 3))
    density = 1 / np.sqrt(width)
    matrix = torch.zeros((components, width))
    for i in range(components):
        count = torch.distributions.Binomial(total_count=width, probs=density).sample()
        at = torch.tensor(sample_without_replacement(n_population=width, n_samples=count, random_state=None), dtype=torch.int32)
        matrix[i, at] = torch.distributions.Binomial(total_count=1, probs=0.5).sample(sample_shape=at.size()) * 2 - 1
    return matrix * (np.sqrt(1 / density) / np.sqrt(components))


def coreset(embedding, ratio):
    """Indices of greedy k-centres, as anomalib's KCenterGreedy finds them."""
    size = int(len(embedding) * ratio)
    projected = embedding @ projection(*embedding.shape).to(embedding).T
    index = torch.randint(high=len(embedding), size=(1,), device=embedding.device).squeeze()
    chosen, least = [index], None
    for _ in range(size - 1):
        distance = torch.linalg.norm(projected - projected[index], ord=2, dim=1, keepdim=True)
        least = distance if least is None else torch.minimum(least, distance)
        index = least.squeeze(1).max(dim=0).indices
        least.scatter_(0, index[None, None], 0.0)
        chosen.append(index)
    return torch.stack(chosen)


def distances(x, y):
    d = x @ y.transpose(-2, -1)
    return d.mul_(-2).add_(x.pow(2).sum(-1, keepdim=True)).add_(y.pow(2).sum(-1, keepdim=True).transpose(-2, -1)).clamp_min_(0).sqrt_()


def blur(x, sigma=4.0):
    """anomalib's GaussianBlur2d: a window of ±4 sigma, the picture mirrored at its edge."""
    half = int(4 * sigma + 0.5)
    t = torch.arange(-half, half + 1, device=x.device, dtype=x.dtype)
    k = torch.exp(-(t**2) / (2 * sigma**2))
    k = k / k.sum()
    x = F.pad(x, (half,) * 4, mode='reflect')
    return F.conv2d(F.conv2d(x, k[None, None, None]), k[None, None, :, None])


class PatchCore:
    """`extractor` gives the feature maps of a batch, finest first."""

    def __init__(self, extractor, neighbours=9):
        self.extractor, self.neighbours, self.memory = extractor, neighbours, None

    def maps(self, x):
        levels = [F.avg_pool2d(f, 3, 1, 1) for f in self.extractor(x)]
        size = levels[0].shape[-2:]
        return torch.cat([levels[0], *(F.interpolate(f, size=size, mode='bilinear') for f in levels[1:])], 1)

    @torch.no_grad()
    def patches(self, batches):
        rows = []
        for x in batches:
            m = self.maps(x)
            rows.append(m.permute(0, 2, 3, 1).reshape(-1, m.shape[1]))
        return torch.vstack(rows)

    def fit(self, patches, ratio):
        self.memory = patches[coreset(patches, ratio)]

    @torch.no_grad()
    def __call__(self, x):
        """Score of each picture, and its map at the size of x."""
        m = self.maps(x)
        n, c, h, w = m.shape
        rows = m.permute(0, 2, 3, 1).reshape(-1, c)
        nearest = [distances(part, self.memory).min(1) for part in rows.split(1024)]
        score, at = torch.cat([d.values for d in nearest]).reshape(n, -1), torch.cat([d.indices for d in nearest]).reshape(n, -1)
        worst = score.argmax(1)
        each = torch.arange(n)
        support = distances(self.memory[at[each, worst]], self.memory).topk(min(self.neighbours, len(self.memory)), largest=False, dim=1).indices
        d = distances(rows.reshape(n, -1, c)[each, worst][:, None], self.memory[support]).squeeze(1)
        picture_score = (1 - F.softmax(d, 1))[:, 0] * score[each, worst]
        return picture_score, blur(F.interpolate(score.reshape(n, 1, h, w), size=x.shape[-2:]))


def resized(image, size, device):
    x = F.interpolate(image.to(device).float()[None] / 127.5 - 1, size=tuple(size), mode='bilinear', antialias=True, align_corners=False)
    return x.contiguous(memory_format=torch.channels_last)


def pixel_auroc(maps, masks):
    """Exact over all pixels, equal values counted half (by ranks)."""
    v = np.concatenate([m.ravel() for m in maps])
    y = np.concatenate([m.ravel() for m in masks])
    order = np.argsort(v, kind='stable')
    v, y = v[order], y[order]
    ends = np.flatnonzero(np.append(v[1:] != v[:-1], True)) + 1
    starts = np.concatenate([[0], ends[:-1]])
    ranks = np.repeat((starts + ends + 1) / 2, ends - starts)
    p, n = int(y.sum()), int((~y).sum())
    return float((ranks[y].sum() - p * (p + 1) / 2) / (p * n))


def aupro(maps, masks, limit=0.3, thresholds=2000):
    """Mean overlap of the regions (8-connected) over the false-positive rate, up to `limit`, divided by it."""
    values = np.concatenate([m[~k] for m, k in zip(maps, masks)])
    at = np.quantile(values, 1 - np.linspace(0, limit, thresholds + 1))
    negatives = np.sort(values)
    rate = 1 - np.searchsorted(negatives, at, side='right') / len(negatives)
    overlaps = []
    for m, k in zip(maps, masks):
        labels, count = ndimage.label(k, structure=np.ones((3, 3)))
        for r in range(1, count + 1):
            inside = np.sort(m[labels == r])
            overlaps.append(1 - np.searchsorted(inside, at, side='right') / len(inside))
    pro = np.mean(overlaps, axis=0)
    return float(np.trapezoid(pro, rate) / limit)


def run_bsdata(a, device):
    net = features(a.root, (2, 3)).to(device).eval()
    good = [i for part in ('train', 'val') for i in bsdata(a.root, part)[0] if not i['defect']]
    model = PatchCore(net)
    patches = model.patches(resized(i['image'], a.size, device) for i in good)
    begin = time.time()
    model.fit(patches, a.ratio)
    seconds = time.time() - begin
    scores, maps, masks = [], [], []
    for item in bsdata(a.root, 'test', masks=True)[0]:
        score, m = model(resized(item['image'], a.size, device))
        maps.append(F.interpolate(m, size=tuple(item['mask'].shape), mode='bilinear', align_corners=False)[0, 0].cpu().numpy())
        masks.append(item['mask'].numpy())
        scores.append((item['defect'], float(score[0])))
    return {'good': len(good), 'memory': len(model.memory), 'coresetSeconds': round(seconds, 1),
            'imageAUROC': auroc([s for d, s in scores if d], [s for d, s in scores if not d]),
            'pixelAUROC': pixel_auroc(maps, masks), 'AUPRO': aupro(maps, masks)}


def run_xsdd(a, device):
    net = features(a.root, (2, 3)).to(device).eval()
    base = Path(a.root) / 'x-sdd'
    split = json.loads((base / 'split.json').read_text())
    load = lambda file: resized(picture(base / 'images' / file), a.size, device)  # noqa: E731
    test = [(f.split('/')[0], load(f)) for f in split['test']]
    answer = {}
    for name in a.classes or split['classes']:
        model = PatchCore(net)
        good = [f for f in split['train'] if f.startswith(f'{name}/')]
        patches = model.patches(load(f) for f in good)
        begin = time.time()
        model.fit(patches, a.ratio)
        seconds = time.time() - begin
        scores = [(c != name, float(model(x)[0][0])) for c, x in test]
        answer[name] = {'good': len(good), 'memory': len(model.memory), 'coresetSeconds': round(seconds, 1),
                        'imageAUROC': auroc([s for d, s in scores if d], [s for d, s in scores if not d])}
        print(f'x-sdd {name}: {answer[name]}', file=sys.stderr, flush=True)
    answer['meanImageAUROC'] = float(np.mean([v['imageAUROC'] for v in answer.values()]))
    return answer


def check(a):
    """The same seeds through anomalib's PatchcoreModel and through the class above."""
    from anomalib.models.image.patchcore.torch_model import PatchcoreModel

    net = features(a.root, (2, 3)).eval()
    items = bsdata(a.root, 'val')[0]
    good, other = [i for i in items if not i['defect']][:6], [i for i in items if i['defect']][:4]
    theirs = PatchcoreModel(layers=['blocks.2', 'blocks.4'], backbone='mobilenetv2_100', pre_trained=False)
    theirs.layers = ['0', '1']

    class Named(torch.nn.Module):
        def forward(self, x):
            return dict(zip(theirs.layers, net(x)))

    theirs.feature_extractor = Named()
    ours = PatchCore(net)
    theirs.train()
    for i in good:
        theirs(resized(i['image'], a.size, 'cpu'))
    torch.manual_seed(a.seed)
    np.random.seed(a.seed)
    theirs.subsample_embedding(a.ratio)
    theirs.eval()
    patches = ours.patches(resized(i['image'], a.size, 'cpu') for i in good)
    torch.manual_seed(a.seed)
    np.random.seed(a.seed)
    ours.fit(patches, a.ratio)
    worst = {'memory': float((theirs.memory_bank - ours.memory).abs().max()), 'score': 0.0, 'map': 0.0}
    x = torch.cat([resized(i['image'], a.size, 'cpu') for i in other])
    with torch.no_grad():
        t = theirs(x)
    score, m = ours(x)
    worst['score'] = float((t.pred_score - score).abs().max() / score.max())
    worst['map'] = float((t.anomaly_map - m).abs().max() / m.max())
    return {'anomalib': __import__('anomalib').__version__, 'pictures': len(good) + len(other), 'memoryRows': len(ours.memory), 'largestDifference': worst}


def main():
    p = argparse.ArgumentParser()
    p.add_argument('what', choices=('run', 'check'))
    p.add_argument('--data', choices=('bsdata', 'x-sdd'), default='bsdata')
    p.add_argument('--root', default=default_root())
    p.add_argument('--size', type=int, nargs=2, default=(256, 256), help='height and width')
    p.add_argument('--ratio', type=float, default=0.1)
    p.add_argument('--classes', nargs='*')
    p.add_argument('--seed', type=int, default=0)
    p.add_argument('--device', default='cpu')
    p.add_argument('--threads', type=int, default=2)
    p.add_argument('--out')
    a = p.parse_args()
    if a.device == 'cpu':
        torch.set_num_threads(a.threads)
    device = place(a.device)
    # Distances are differences of large numbers: no reduced precision.
    torch.backends.cuda.matmul.allow_tf32 = False
    torch.backends.cudnn.allow_tf32 = False
    torch.manual_seed(a.seed)
    np.random.seed(a.seed)
    if a.what == 'check':
        print(json.dumps(check(a)))
        return
    begin = time.time()
    result = (run_bsdata if a.data == 'bsdata' else run_xsdd)(a, device)
    text = json.dumps({'data': a.data, 'size': list(a.size), 'ratio': a.ratio, 'seed': a.seed, 'seconds': round(time.time() - begin, 1), **result, **versions()})
    print(text)
    if a.out:
        Path(a.out).write_text(text)


if __name__ == '__main__':
    main()
