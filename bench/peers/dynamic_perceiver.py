"""The official Dynamic Perceiver as a bench peer, in the protocol of peer.py. Its code is found through $DYN_PERCEIVER, a checkout of
github.com/LeapLabTHU/Dynamic_Perceiver (MIT); nothing of it is here.

  {"cmd":"open","trunk":"mobilenetv3","name":"mobilenetV3_0x75_perceiver_t128","options":{"depth_factor":[1,1,1,3]},"classes":1000,
   "images":32,"size":224,"variant":"eager","threads":2}    the model with formula weights, and formula images: {"params":n}
  {"cmd":"says"}       {"logits":[[...] an exit],"apart":x}: what the official forward says of the images, uncompiled, and the largest
                       difference to it of the exits by parts, over the largest logit of the exit
  {"cmd":"enter","id":"a","way":"published"|"parts","count":32,"batch":1,"thresholds":[t1,t2,t3]|null}
                       {"exits":[where each image left],"first_ms":ms}: one iteration takes the first `count` images through, batch by
                       batch; without thresholds there is nothing to choose
  and run, memory, drop, info and exit of peer.py.

Two ways to an answer. `published`: the official forward, which computes all four exits; thresholds are applied to what it gave. `parts`: the
same modules called up to one exit after another (Dynamic Perceiver, arXiv 2306.11248, and the modules' names), stopping where every
image has left.
"""

import sys
import time
from pathlib import Path

import peer  # First: it takes stdout for the protocol.

import modes
import torch

REFERENCE = Path(__file__).resolve().parents[2] / 'reference'
sys.path += [str(REFERENCE), str(REFERENCE / 'dynamic-perceiver')]
from formula import fill, uniform  # noqa: E402
from official import create  # noqa: E402

opened = {}


class Parts:
    """The official model from exit to exit; each part gives its logits, their confidence, and what the parts behind it need."""

    def __init__(self, model, trunk):
        self.m = model
        if trunk == 'regnet':
            self.trunk = [[model.cnn_stem], *([getattr(model.cnn_body, f'block{s}')] for s in (1, 2, 3, 4))]
        else:
            self.trunk = [list(model.cnn_stem), *(list(getattr(model, f'cnn_body_stage{s}')) for s in (1, 2, 3, 4))]
        self.all = [self.latent3, self.latent4, self.backbone, self.merged]

    def stage(self, s, x):
        for module in self.trunk[s]:
            x = module(x)
        return x

    def think(self, s, z, x):
        """Stage s of the latents: they read the map, pooled to 49 tokens, and attend to each other."""
        pooled = self.m.ca_pooling(getattr(self.m, f'dwc{s}_x2z')(x) + x)
        z = getattr(self.m, f'cross_att{s}_x2z')(z, tokens(pooled))
        return getattr(self.m, f'self_att{s}')(z)

    def meet(self, s, z, x):
        """Between stage s - 1 and s: half the latents, as wide as the map, which reads them."""
        z = self.m.token_mixer[s - 2](z.transpose(1, 2)).transpose(1, 2)
        z = self.m.token_expander[s - 2](z)
        return z, written(getattr(self.m, f'cross_att{s}_z2x'), x, z)

    def latent3(self, image):
        x = self.stage(0, image)
        z = self.think(1, self.m.latent.expand(len(x), -1, -1), x)
        for s in (2, 3):
            z, x = self.meet(s, z, self.stage(s - 1, x))
            z = self.think(s, z, x)
        y = self.m.early_classifier3(z.mean(1))
        return y, sure(y), (x, z, y)

    def latent4(self, x, z, early):
        z, x = self.meet(4, z, self.stage(3, x))
        z = self.think(4, z, x)
        mean = z.mean(1)
        y = self.m.classifier_att(torch.cat((mean, self.m.isc3(early)), 1))
        return y, sure(y), (x, z, mean, y)

    def backbone(self, x, z, mean, latent):
        x = self.stage(4, x)
        y = self.m.classifier_cnn(self.m.avgpool(x).flatten(1))
        return y, sure(y), (x, z, mean, latent)

    def merged(self, x, z, mean, latent):
        x = written(self.m.last_cross_att_z2x, x, z)
        y = self.m.classifier_merge(torch.cat((self.m.avgpool(x).flatten(1), mean, self.m.isc4(latent)), 1))
        return y, sure(y), ()


def tokens(x):
    return x.flatten(2).transpose(1, 2)


def written(layer, x, z):
    return layer(tokens(x), z).transpose(1, 2).reshape(x.shape)


def sure(logits):
    return torch.softmax(logits, 1).amax(1)


class Published(peer.Timed):
    """Everything is computed; with thresholds, the first exit that is sure enough is chosen afterwards."""

    def __init__(self, forward, batches, thresholds, threads):
        self.forward, self.batches, self.threads = forward, batches, threads
        self.thresholds = thresholds and torch.tensor([*thresholds, 0.0])[:, None]

    @torch.inference_mode()
    def step(self):
        left = []
        for x in self.batches:
            ys = self.forward(x)
            if self.thresholds is None:
                continue
            ys = torch.stack(ys)
            exits = (torch.softmax(ys, 2).amax(2) >= self.thresholds).int().argmax(0)
            ys[exits, torch.arange(len(x))]
            left += exits.tolist()
        return left


class Leaving(peer.Timed):
    """Nothing is computed for an image that has left; the rest goes on as a smaller batch."""

    def __init__(self, parts, batches, thresholds, threads):
        self.parts, self.batches, self.thresholds, self.threads = parts, batches, [*thresholds, 0.0], threads

    @torch.inference_mode()
    def step(self):
        left = []
        for x in self.batches:
            exits, answers = [None] * len(x), [None] * len(x)
            rows, known = list(range(len(x))), (x,)
            for k, part in enumerate(self.parts):
                y, confidence, known = part(*known)
                stay = []
                for i, c in enumerate(confidence.tolist()):
                    if c >= self.thresholds[k]:
                        exits[rows[i]], answers[rows[i]] = k, y[i]
                    else:
                        stay.append(i)
                if not stay:
                    break
                if len(stay) < len(rows):
                    known = tuple(t[stay] for t in known)
                    rows = [rows[i] for i in stay]
            left += exits
        return left


def called(part):
    """A function, which unlike a bound method has a code object of its own."""
    def call(*known):
        return part(*known)

    return call


def open_model(request):
    variant = peer.choice(request, 'variant', modes.TRAIN)
    trunk, size = request['trunk'], request['size']
    torch.set_num_threads(int(request['threads']))
    model, _ = create(trunk, request['name'], classes=request['classes'], **request['options'])
    fill(model)
    layout = modes.layout_of(variant)
    model = model.to(memory_format=layout).eval()
    plain = Parts(model, trunk).all
    own = modes.compiled if variant.startswith('compile') else lambda f: f

    opened.update(
        model=model,
        plain=plain,
        forward=own(peer.output_of(model)),
        parts=[own(called(part)) for part in plain],
        images=torch.from_numpy(uniform('input', (request['images'], 3, size, size))).to(memory_format=layout),
        threads=int(request['threads']),
    )
    return {'params': sum(p.numel() for p in model.parameters())}


@torch.inference_mode()
def says(_):
    x = opened['images']
    published = opened['model'](x)
    known, apart = (x,), 0.0
    for y, part in zip(published, opened['plain'], strict=True):
        mine, _, known = part(*known)
        apart = max(apart, ((mine - y).abs().max() / y.abs().max()).item())
    return {'logits': [y.flatten().tolist() for y in published], 'apart': apart}


def enter(request):
    batches = opened['images'][:int(request['count'])].split(int(request['batch']))
    args = (batches, request.get('thresholds'), opened['threads'])
    published = peer.choice(request, 'way', ('published', 'parts')) == 'published'
    job = Published(opened['forward'], *args) if published else Leaving(opened['parts'], *args)
    torch.set_num_threads(job.threads)
    exits = job.step()  # Compiles what is to be compiled.
    begin = time.perf_counter()
    job.step()
    peer.jobs[request['id']] = job
    return {'exits': exits, 'first_ms': round((time.perf_counter() - begin) * 1e3, 3)}


if __name__ == '__main__':
    peer.serve({**{c: peer.COMMANDS[c] for c in ('info', 'run', 'memory', 'drop')}, 'open': open_model, 'says': says, 'enter': enter})
