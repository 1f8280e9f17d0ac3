"""The step of bench/adapters.ts with PyTorch and PEFT: python adapters.py [--model m] [--method lora|full|head] [--freeze module] [--layers regex] [--rank r]
[--batch n] [--threads n] [--channels-last] [--compile]

Needs torch, timm and peft. Batch normalisations keep their running statistics, as ours do beside adapters. Prints one line of JSON."""

import argparse
import json
import re
import resource
import statistics
import time

import timm
import torch
import torch.nn.functional as F

parser = argparse.ArgumentParser()
parser.add_argument('--model', default='mobilenetv2_100')
parser.add_argument('--method', default='lora')
parser.add_argument('--layers', default=r'.*conv_pw.*')
parser.add_argument('--freeze', help='with full: this module and all before it stay as they are, e.g. blocks.4')
parser.add_argument('--rank', type=int, default=2)
parser.add_argument('--batch', type=int, default=32)
parser.add_argument('--threads', type=int, default=1)
parser.add_argument('--steps', type=int, default=8)
parser.add_argument('--channels-last', action='store_true')
parser.add_argument('--compile', action='store_true')
args = parser.parse_args()

torch.set_num_threads(args.threads)
torch.manual_seed(0)
model = timm.create_model(args.model, num_classes=7)
head = model.default_cfg['classifier']
if args.method == 'lora':
    from peft import LoraConfig, get_peft_model

    names = [n for n, m in model.named_modules() if re.fullmatch(args.layers, n) and isinstance(m, (torch.nn.Conv2d, torch.nn.Linear))]
    model = get_peft_model(
        model, LoraConfig(r=args.rank, lora_alpha=args.rank, target_modules=names, modules_to_save=[head], lora_dropout=0.0)
    )
elif args.method == 'head':
    for n, p in model.named_parameters():
        p.requires_grad = n.startswith(head)
still = []
if args.freeze:
    names = [n for n, _ in model.named_parameters()]
    last = max(i for i, n in enumerate(names) if n.startswith(args.freeze + '.'))
    for n, p in list(model.named_parameters())[: last + 1]:
        p.requires_grad = False
    still = [m for m in model.modules() if isinstance(m, torch.nn.BatchNorm2d) and not m.weight.requires_grad]
if args.channels_last:
    model = model.to(memory_format=torch.channels_last)
# Running statistics stay; there is no other layer here that training mode would change.
model.train(args.method == 'full')
for m in still:
    m.eval()
trained = [p for p in model.parameters() if p.requires_grad]
optimizer = torch.optim.AdamW(trained, lr=1e-3, fused=True)
step_model = torch.compile(model) if args.compile else model
x = torch.rand(args.batch, 3, 224, 224) * 2 - 1
if args.channels_last:
    x = x.to(memory_format=torch.channels_last)
y = torch.arange(args.batch) % 7
processor, wall = [], []
for i in range(args.steps + 2):
    at, used = time.perf_counter(), time.process_time()
    loss = F.cross_entropy(step_model(x), y)
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    torch.nn.utils.clip_grad_norm_(trained, 1.0)
    optimizer.step()
    processor.append(1000 * (time.process_time() - used))
    wall.append(1000 * (time.perf_counter() - at))
middle = statistics.median(processor[2:])
print(
    json.dumps(
        {
            'side': 'PyTorch' + (' + PEFT' if args.method == 'lora' else ''),
            'mode': ('compile ' if args.compile else 'eager ') + ('channels-last' if args.channels_last else 'channels-first'),
            'model': args.model,
            'method': args.method,
            **({'frozen': args.freeze} if args.freeze else {}),
            'learned': sum(p.numel() for p in trained),
            'batch': args.batch,
            'threads': args.threads,
            'processorMs': round(middle),
            'wallMs': round(statistics.median(wall[2:])),
            'imagesPerProcessorSecond': round(1000 * args.batch / middle, 1),
            'peakMiB': round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        }
    )
)
