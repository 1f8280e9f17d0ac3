"""Fine-tuning of timm's models as a bench peer, in the protocol of peer.py: above a module that stays as it is, the head alone, or low-rank pairs of PEFT.

  {"cmd":"prepare","id":"a","model":"mobilenetv2_100","size":224,"classes":7,"batch":32,"times":"step"|"epoch","frozen":["blocks.4"],"kept":false,
   "pairs":{"rank":2,"alpha":8,"layers":["*.conv_pw"]},"pictures":{"root":"...","files":[["a.jpg",0],...]},"variant":"eager"|... (modes.py),"threads":2}
        as of peer.py, with "loss" and "gradient_norm" of the first step, on formula weights and images; "params" counts what is trained, and "long"
        says that an iteration is an epoch. frozen: a module and all before it, or "backbone"; kept: the head alone, on formula features
  and run, memory, drop, info and exit of peer.py.

A step is that of peer.py. Normalisations whose scale is not trained keep their running statistics. An epoch reads the pictures by torchvision in two
worker processes.
"""

import fnmatch
import sys
import time
from importlib import metadata
from pathlib import Path

import peer  # First: it takes stdout for the protocol.

import modes
import torch

sys.path.append(str(Path(__file__).resolve().parents[2] / 'reference'))
from formula import fill, uniform, weight  # noqa: E402

WORKERS = 2
SECOND = 0.01  # Of the formula, for the second factors of pairs: more of it, layer after layer, would drive every activation to its bound.


def network(request):
    """The whole network, all of it trained, with formula weights, or with those of the file "weights" and a new head."""
    import timm

    model = timm.create_model(request['model'], num_classes=request['classes'])
    if 'weights' not in request:
        fill(model)
        return model
    from safetensors.torch import load_file

    model.load_state_dict(load_file(request['weights']), strict=False)
    return model


def freeze(model, what):
    """Stops the training of a module and everything before it, or of all but the head."""
    named = list(model.named_parameters())
    head = {id(p) for p in model.get_classifier().parameters()}
    if what == 'backbone':
        before = [p for _, p in named if id(p) not in head]
    else:
        last = max(i for i, (name, _) in enumerate(named) if name.startswith(what + '.'))
        before = [p for _, p in named[: last + 1]]
    for p in before:
        p.requires_grad = False


def with_pairs(model, rank, alpha, layers):
    """PEFT's model: the backbone stays, the head is trained with the pairs, whose second factors are a share of the formula's, not zero."""
    from peft import LoraConfig, get_peft_model

    names = [n for n, _ in model.named_modules() if any(fnmatch.fnmatchcase(n, pattern) for pattern in layers)]
    config = LoraConfig(r=rank, lora_alpha=alpha, target_modules=names, modules_to_save=[model.default_cfg['classifier']])
    adapted = get_peft_model(model, config)
    with torch.no_grad():
        for name, p in adapted.named_parameters():
            if 'lora_' in name:
                plain = name.removeprefix('base_model.model.').replace('.default.', '.')
                share = SECOND if 'lora_B' in name else 1
                p.copy_(share * torch.from_numpy(weight(plain, tuple(p.shape))))
    return adapted


def prepared(request):
    """What is trained as the request says, in training mode."""
    model = network(request)
    for what in request['frozen']:
        freeze(model, what)
    if request['kept']:
        model = model.get_classifier()
    elif request.get('pairs'):
        model = with_pairs(model, **request['pairs'])
    model.train()
    for m in model.modules():
        if isinstance(m, torch.nn.BatchNorm2d) and not m.weight.requires_grad:
            m.eval()
    return model


def loader(request):
    """Batches of pictures as torchvision reads and varies them: shuffled, cut at random, mirrored; the last one is dropped where it is not whole."""
    from PIL import Image
    from torchvision import transforms

    root, files = Path(request['pictures']['root']), request['pictures']['files']
    varied = transforms.Compose([
        transforms.RandomResizedCrop(request['size'], scale=(0.5, 1)),
        transforms.RandomHorizontalFlip(),
        transforms.ToTensor(),
        transforms.Normalize((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)),
    ])

    class Pictures(torch.utils.data.Dataset):
        def __len__(self):
            return len(files)

        def __getitem__(self, i):
            path, label = files[i]
            with Image.open(root / path) as picture:
                return varied(picture.convert('RGB')), label

    return torch.utils.data.DataLoader(Pictures(), request['batch'], shuffle=True, drop_last=True, num_workers=WORKERS)


class Tuning(peer.Timed):
    """A prepared step; with "pictures", its iterations are epochs over them."""

    mode = 'train'

    def __init__(self, request):
        variant = peer.choice(request, 'variant', modes.TRAIN, 'eager')
        self.threads = int(request['threads'])
        torch.set_num_threads(self.threads)
        torch.manual_seed(0)
        begin = time.perf_counter()
        self.layout = modes.layout_of(variant)
        self.model = prepared(request).to(memory_format=self.layout)
        trained = [p for p in self.model.parameters() if p.requires_grad]
        self.params = sum(p.numel() for p in trained)
        self.optimizer = peer.adamw(trained)
        n, size = request['batch'], request['size']
        shape = (n, self.model.in_features) if request['kept'] else (n, 3, size, size)
        self.x = torch.from_numpy(uniform('input', shape))
        if not request['kept']:
            self.x = self.x.to(memory_format=self.layout)
        self.y = torch.arange(n) % request['classes']
        self.loader = loader(request) if 'pictures' in request else None
        self.build_s = time.perf_counter() - begin
        begin = time.perf_counter()
        call = peer.loss_of(self.model)
        self.call = modes.compiled(call) if variant.startswith('compile') else call
        self.learn(self.x, self.y)
        made = time.perf_counter() - begin
        self.first = {'loss': self.loss, 'gradient_norm': float(self.norm)}
        self.compile_s = made if variant.startswith('compile') else None
        begin = time.perf_counter()
        self.learn(self.x, self.y)
        self.first_ms = (time.perf_counter() - begin) * 1e3

    def learn(self, x, y):
        self.descend(self.call(x, y))

    def step(self):
        if self.loader is None:
            self.learn(self.x, self.y)
            return
        for x, y in self.loader:
            self.learn(x.to(memory_format=self.layout), y)


def info(request):
    return {**peer.info(request), 'libraries': ', '.join(f'{name} {metadata.version(name)}' for name in ('timm', 'peft', 'torchvision'))}


def prepare(request):
    job = Tuning(request)
    peer.jobs[request['id']] = job
    return {'params': job.params, 'build_s': round(job.build_s, 3), 'compile_s': job.compile_s and round(job.compile_s, 3),
            'first_ms': round(job.first_ms, 3), 'long': job.loader is not None, **job.first, 'threads': job.threads}


if __name__ == '__main__':
    peer.serve({**{c: peer.COMMANDS[c] for c in ('run', 'memory', 'drop')}, 'info': info, 'prepare': prepare})
