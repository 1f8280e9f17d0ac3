"""Latency of the dense peers at batch 1 on this processor (requirements: common.py; run on a quiet machine).

  python peer_speed.py [--threads 2] [--repeat 20] [--only fcos,smp,patchcore] [--out FILE]

Each of: FCOS (decoding and NMS included, on a BCCD picture at 320×416), smp's FPN (a bsdata picture whole at 480×1152, and 256×256), PatchCore
(features, distances to a memory of `--memory` rows, re-weighting and map, 256×256); eager, channels_last, torch.compile, and frozen
TorchScript where it works. `--serve` answers the requests of bench/peers/peer.py instead (prepare {peer, variant, threads}, run, memory), so that
bench/heads.ts can race it. Weights beyond the backbone are random; FCOS's class bias is set so that as many candidates reach NMS as a
trained one gives (`--candidates`). Variants take turns, so that a busy moment hits all alike.
"""

import argparse
import contextlib
import json
import os
import statistics
import sys
import time
from pathlib import Path

if '--serve' in sys.argv:
    sys.path.append(str(Path(__file__).resolve().parents[1] / 'peers'))
    import peer  # First: it takes stdout for the protocol.

import torch
import torch.nn.functional as F

from common import bccd, bsdata, default_root, features, versions
from peer_anomaly import PatchCore, resized
from peer_detect import SIZE, VARIANTS, detector
from peer_segment import padded, segmenter


class Maps(torch.nn.Module):
    """PatchCore as one module: picture to score and map."""

    def __init__(self, net, memory):
        super().__init__()
        self.net = net
        self.core = PatchCore(net)
        self.core.memory = memory

    def forward(self, x):
        return self.core(x)


def subjects(a):
    """By name: a module, its input, and whether the module takes a list of pictures."""
    found = {}
    if 'fcos' in a.only:
        h, w = SIZE['bccd']
        picture = bccd(a.root, 'test')[0][0]['image'].float()[None] / 255
        x = F.interpolate(picture, size=(h, w), mode='bilinear', antialias=True, align_corners=False)
        for variant in VARIANTS:
            model = detector(a.root, 'bccd', 3, variant).eval()
            calibrate(model, x, a.candidates)
            found[f'FCOS {variant}, 320×416'] = (model, x, True)
    if 'smp' in a.only:
        whole = padded(bsdata(a.root, 'test')[0][0]['image'].float()[None] / 127.5 - 1)
        model = segmenter(a.root).eval()
        found['smp FPN, 480×1152'] = (model, whole, False)
        found['smp FPN, 256×256'] = (model, whole[..., :256, :256], False)
    if 'patchcore' in a.only:
        net = features(a.root, (2, 3)).eval()
        items = bsdata(a.root, 'train')[0]
        rows = PatchCore(net).patches(resized(i['image'], (256, 256), 'cpu') for i in items[: max(1, -(-a.memory // 1024))])
        memory = rows[torch.randperm(len(rows))[: a.memory]]
        found[f'PatchCore, 256×256, memory of {len(memory)}'] = (Maps(net, memory), resized(items[0]['image'], (256, 256), 'cpu'), False)
    return found


@torch.no_grad()
def calibrate(model, x, candidates):
    """Moves the class bias until `candidates` scores of the picture are above the threshold."""
    head = model.head.classification_head.cls_logits
    maps = list(model.backbone(model.transform([x[0]])[0].tensors).values())
    out = model.head(maps)
    # The score is the root of class and centre probability.
    wanted = torch.full((), model.score_thresh**2)
    centre = out['bbox_ctrness'].sigmoid()
    need = (wanted / centre).clamp(max=1 - 1e-6).logit() - out['cls_logits']
    head.bias += need.flatten().kthvalue(candidates).values


def timed(call, repeat):
    ms = []
    for _ in range(repeat):
        begin = time.perf_counter()
        call()
        ms.append((time.perf_counter() - begin) * 1e3)
    return ms


def variants(model, x, listed):
    """Ways to run it: a name and what makes the call, which may fail."""
    last = x.contiguous(memory_format=torch.channels_last)
    plain = x.contiguous()
    of = (lambda m, v: lambda: m([v[0]])) if listed else (lambda m, v: lambda: m(v))

    def eager():
        model.to(memory_format=torch.contiguous_format)
        return of(model, plain)

    def channels():
        return of(model.to(memory_format=torch.channels_last), last)

    def compiled():
        return of(torch.compile(model), last)

    def frozen():
        if listed:
            scripted = torch.jit.freeze(torch.jit.script(model))
        else:
            scripted = torch.jit.optimize_for_inference(torch.jit.freeze(torch.jit.trace(model, last, check_trace=False)))
        return of(scripted, last)

    return {'eager': eager, 'channels_last': channels, 'compile': compiled, 'jit frozen': frozen}


# What bench/heads/subjects.ts calls a side: which subjects are made, and where in the name of one it is told.
SERVED = {'FCOS light': ('fcos', 'light'), 'FCOS standard': ('fcos', 'standard'), 'smp FPN 256': ('smp', '256×256'), 'smp FPN whole': ('smp', '480'),
          'PatchCore': ('patchcore', '')}


class Served:
    """One peer in one mode, as an answerer of requests."""

    def __init__(self, a):
        self.a = a
        self.call = None

    @torch.no_grad()
    def prepare(self, request):
        torch.set_num_threads(int(request['threads']))
        only, part = SERVED[request['peer']]
        self.a.only = [only]
        model, x, listed = next(s for name, s in subjects(self.a).items() if part in name)
        begin = time.perf_counter()
        self.call = variants(model.eval(), x, listed)[request['variant']]()
        for _ in range(3):
            self.call()
        return {'compile_s': time.perf_counter() - begin, 'first_ms': timed(self.call, 1)[0]}

    @torch.no_grad()
    def run(self, request):
        return {'ms': timed(self.call, int(request.get('iters', 5)))}


def main():
    p = argparse.ArgumentParser()
    p.add_argument('--root', default=default_root())
    p.add_argument('--threads', type=int, default=2)
    p.add_argument('--repeat', type=int, default=20)
    p.add_argument('--rounds', type=int, default=3)
    p.add_argument('--memory', type=int, default=3891, help='10 % of 38 pictures of 32×32 patches')
    p.add_argument('--candidates', type=int, default=100)
    p.add_argument('--only', type=lambda s: s.split(','), default=['fcos', 'smp', 'patchcore'])
    p.add_argument('--modes', type=lambda s: s.split(','), default=['eager', 'channels_last', 'compile', 'jit frozen'])
    p.add_argument('--out')
    p.add_argument('--serve', action='store_true')
    a = p.parse_args()
    if a.serve:
        torch.manual_seed(0)
        served = Served(a)
        peer.serve({'prepare': served.prepare, 'run': served.run, 'memory': peer.memory})
        return
    torch.set_num_threads(a.threads)
    torch.manual_seed(0)
    answer = {'threads': a.threads, **versions(), 'results': {}}
    for name, (model, x, listed) in subjects(a).items():
        made, result = {}, {}
        for mode, make in variants(model, x, listed).items():
            if mode not in a.modes:
                continue
            try:
                call = make()
                with torch.inference_mode() if mode != 'jit frozen' else torch.no_grad(), contextlib.redirect_stdout(None):
                    for _ in range(3):
                        call()
                made[mode] = call
            except Exception as error:  # noqa: BLE001 - a mode that does not take this model is part of the answer
                result[mode] = {'error': f'{type(error).__name__}: {str(error).strip().splitlines()[0][:200] if str(error).strip() else ""}'}
        times = {m: [] for m in made}
        for _ in range(a.rounds):
            for mode, call in made.items():
                # The layout of the weights is the model's: eager takes them as they are made for it.
                model.to(memory_format=torch.contiguous_format if mode == 'eager' else torch.channels_last)
                with torch.inference_mode() if mode != 'jit frozen' else torch.no_grad():
                    call()
                    times[mode] += timed(call, a.repeat)
        for mode, ms in times.items():
            result[mode] = {'medianMs': round(statistics.median(ms), 2), 'minMs': round(min(ms), 2), 'runs': len(ms)}
        if listed:
            with torch.no_grad():
                result['boxes'] = len(model([x[0]])[0]['boxes'])
        answer['results'][name] = result
    answer['load'] = [round(v, 2) for v in os.getloadavg()]
    text = json.dumps(answer, indent=1, ensure_ascii=False)
    print(text)
    if a.out:
        Path(a.out).write_text(text)


if __name__ == '__main__':
    main()
