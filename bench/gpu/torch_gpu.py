"""The models of main.ts in PyTorch on the first GPU: one JSON line for each. Inference in eval mode; a training step is forward, cross-entropy,
backward, SGD with momentum. ascan-nano comes from ascan.py beside this file, the others from timm or torchvision, where those are."""

import json
import sys
import time
from pathlib import Path

quick = '--quick' in sys.argv
sys.path.insert(0, str(Path(__file__).resolve().parent))


def say(**line):
    print(json.dumps(line), flush=True)


try:
    import torch
except ImportError:
    say(model='', mode='', note='is not on this machine')
    sys.exit(0)
if not torch.cuda.is_available():
    say(model='', mode='', note=f'torch {torch.__version__} sees no GPU')
    sys.exit(0)
say(model='', mode='', note=f'torch {torch.__version__}, {torch.cuda.get_device_name(0)}')


def ascan():
    from ascan import AsCAN, Config  # carried beside

    config = json.loads((Path(__file__).resolve().parent / 'ascan-nano.json').read_text())
    return AsCAN(Config.of(config))


def other(timm_name, torchvision_name):
    try:
        import timm

        return timm.create_model(timm_name)
    except ImportError:
        import torchvision

        return getattr(torchvision.models, torchvision_name)()


subjects = [
    ('ascan-nano', 64, 10, ascan),
    ('mobilenetv3_large_100', 224, 1000, lambda: other('mobilenetv3_large_100', 'mobilenet_v3_large')),
    ('resnet18', 224, 1000, lambda: other('resnet18', 'resnet18')),
]


def milliseconds(step):
    times = []
    for i in range(6 if quick else 25):
        torch.cuda.synchronize()
        begin = time.perf_counter()
        step()
        torch.cuda.synchronize()
        if i >= 5:
            times.append((time.perf_counter() - begin) * 1e3)
    return sorted(times)[len(times) // 2]


for name, size, classes, make in subjects:
    try:
        model = make().cuda()
    except Exception as error:  # what is missing is said, and the rest goes on
        say(model=name, mode='', note=f'{name} is left out: {error}')
        continue
    model.eval()
    for mode, batch in (('infer1', 1), ('infer32', 32)):
        x = torch.randn(batch, 3, size, size, device='cuda')
        with torch.inference_mode():
            say(model=name, mode=mode, ms=milliseconds(lambda: model(x).cpu()))
    model.train()
    x, y = torch.randn(32, 3, size, size, device='cuda'), torch.randint(0, classes, (32,), device='cuda')
    sgd = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)

    def step():
        sgd.zero_grad(set_to_none=True)
        loss = torch.nn.functional.cross_entropy(model(x), y)
        loss.backward()
        sgd.step()
        loss.item()

    say(model=name, mode='train', ms=milliseconds(step))
