"""Networks that make pictures as a bench peer, in the protocol of peer.py: AsCAN's UNet and DiT of reference/generate, trained by rectified flow
and sampled by DPM-Solver++ 2M (Lu et al. 2022, arXiv 2211.01095, algorithm 2) with guidance.

  {"cmd":"prepare","id":"a","family":"ascan-unet"|"dit","options":{...},"size":64,"classes":10,"mode":"train"|"sample","batch":8,"steps":20,
   "guidance":2,"dropout":0.1,"variant":"eager"|... (modes.py),"threads":2}      as of peer.py; one iteration is a training step, or pictures
  {"cmd":"agree", the same,"noise":[...]}    {"pictures":[...],"loss":x,"gradient_norm":x}: two pictures of classes 0 and 1 from this noise with
                                             formula weights, and a training step on formula images, noise, times
  and run, memory, drop, info and exit of peer.py.
"""

import math
import sys
import time
from pathlib import Path

import peer  # First: it takes stdout for the protocol.

import modes
import torch

REFERENCE = Path(__file__).resolve().parents[2] / 'reference'
sys.path += [str(REFERENCE), str(REFERENCE / 'generate')]
from ascan_unet import AscanUnet  # noqa: E402
from dit import DiT  # noqa: E402
from formula import fill, uniform  # noqa: E402

SHIFT = 3  # Of times towards noise (Esser et al. 2024), as yosegi's flow.


def network(request):
    make = {'ascan-unet': AscanUnet, 'dit': DiT}[peer.choice(request, 'family', ('ascan-unet', 'dit'))]
    return make(classes=request['classes'], **request['options'])


def flow_loss(model, dropout, classes):
    def loss(x, noise, moment, untold, label):
        t = torch.sigmoid(moment + math.log(SHIFT))
        label = torch.where(untold < dropout, classes, label)
        s = t[:, None, None, None]
        return (model((1 - s) * x + s * noise, t, label) - (noise - x)).square().mean()

    return loss


def times(steps):
    return [SHIFT * t / (1 + (SHIFT - 1) * t) for t in ((steps - i) / steps for i in range(steps + 1))]


def log_ratio(t):
    """ln(signal / noise), where the signal is 1 - t and the noise t."""
    return -math.inf if t == 1 else math.inf if t == 0 else math.log((1 - t) / t)


def sample(call, x, labels, none, steps, guidance):
    both = torch.cat([labels, torch.full_like(labels, none)])
    points = times(steps)
    before = None
    for i, (t, to) in enumerate(zip(points, points[1:])):
        told, untold = call(torch.cat([x, x]), x.new_full((2 * len(x),), t), both).chunk(2)
        picture = x - t * (untold + guidance * (told - untold))
        h = log_ratio(to) - log_ratio(t)
        last = log_ratio(t) - log_ratio(points[i - 1]) if i > 0 else math.inf
        onward = 0 if to == 0 or before is None or not math.isfinite(last) else h / (2 * last)
        moved = picture if onward == 0 else picture + onward * (picture - before)
        x = (to / t) * x - (1 - to) * math.expm1(-h) * moved
        before = picture
    return x


class Denoising(peer.Timed):
    def __init__(self, request):
        train = peer.choice(request, 'mode', ('train', 'sample')) == 'train'
        self.mode = 'train' if train else 'infer'
        variant = peer.choice(request, 'variant', modes.TRAIN if train else modes.INFER, 'eager')
        self.threads = int(request['threads'])
        torch.set_num_threads(self.threads)
        torch.manual_seed(0)
        begin = time.perf_counter()
        model = network(request)
        if not train:
            fill(model)
        layout = modes.layout_of(variant)
        self.model = model.to(memory_format=layout).train(train)
        self.params = sum(p.numel() for p in model.parameters())
        n, size, self.none = int(request['batch']), int(request['size']), int(request['classes'])
        self.shape = (n, 3, size, size)
        self.labels = torch.tensor([(7 * i if train else i) % self.none for i in range(n)])
        self.steps, self.guidance = int(request['steps']), float(request['guidance'])
        self.build_s = time.perf_counter() - begin
        begin = time.perf_counter()
        if train:
            self.x = (2 * torch.rand(self.shape) - 1).to(memory_format=layout)
            self.optimizer = peer.adamw(model.parameters())
            loss = flow_loss(model, float(request['dropout']), self.none)
            self.call = modes.compiled(loss) if variant.startswith('compile') else loss
        else:
            self.x = torch.randn(self.shape).to(memory_format=layout)
            looked = (torch.cat([self.x, self.x]), torch.full((2 * n,), 0.5), torch.cat([self.labels, self.labels]))
            if 'frozen' in variant or variant == 'optimized':
                self.call = modes.frozen(model, looked, variant)
            elif variant.startswith('compile'):
                self.call = modes.compiled(lambda x, t, y: model(x, t, y))
            else:
                self.call = model
        self.step()
        made = time.perf_counter() - begin
        self.compile_s = None if variant in ('eager', 'channels_last') else made
        begin = time.perf_counter()
        self.step()
        self.first_ms = (time.perf_counter() - begin) * 1e3

    def step(self):
        if self.mode == 'infer':
            with torch.inference_mode():
                # The pictures leave as they would for a file.
                sample(self.call, self.x, self.labels, self.none, self.steps, self.guidance).contiguous().numpy()
            return
        n = len(self.x)
        self.descend(self.call(self.x, torch.randn_like(self.x), torch.randn(n), torch.rand(n), self.labels))


def prepare(request):
    job = Denoising(request)
    peer.jobs[request['id']] = job
    return {'params': job.params, 'build_s': round(job.build_s, 3), 'compile_s': job.compile_s and round(job.compile_s, 3),
            'first_ms': round(job.first_ms, 3), 'threads': job.threads}


def agree(request):
    model = network(request)
    fill(model)
    size, classes = request['size'], request['classes']
    shape = (2, 3, size, size)
    with torch.no_grad():
        noise = torch.tensor(request['noise']).view(shape)
        pictures = sample(model.eval(), noise, torch.tensor([0, 1]), classes, int(request['steps']), float(request['guidance']))
    given = [torch.from_numpy(uniform(name, s)) for name, s in (('input', shape), ('noise', shape), ('moment', (2,)))]
    loss = flow_loss(model.train(), float(request['dropout']), classes)(*given, torch.tensor([0.05, 0.5]), torch.tensor([0, 7 % classes]))
    loss.backward()
    norm = torch.sqrt(sum((p.grad.double() ** 2).sum() for p in model.parameters() if p.grad is not None))
    return {'pictures': pictures.flatten().tolist(), 'loss': loss.item(), 'gradient_norm': norm.item()}


if __name__ == '__main__':
    peer.serve({**{c: peer.COMMANDS[c] for c in ('info', 'run', 'memory', 'gemm', 'drop')}, 'prepare': prepare, 'agree': agree})
