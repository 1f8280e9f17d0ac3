"""torch-pruning's side of bench/pruning.ts (pip install torch-pruning==1.6.1, torch, numpy, Pillow, onnx, onnxscript): takes channels out of the same trained networks until
as many multiply-adds are left, and trains what is left for as many steps on the same pictures.

  python peer.py --work DIR [--seeds 0]     DIR as `npx tsx bench/pruning.ts start` left it; goes on where it was stopped
"""

import argparse
import json
import random
import sys
import time
from importlib.metadata import version
from pathlib import Path

import torch
import torch.nn.functional as F
import torch_pruning as tp

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / 'quality'))
from peer import Average, MobileNetV2, Pictures, judge, rate  # noqa: E402

WAYS = {
    'magnitude': tp.importance.GroupMagnitudeImportance,
    'taylor': tp.importance.GroupTaylorImportance,
}
# So many small steps, after each of which the multiply-adds are counted.
STEPS = 200
# Batches whose gradients a Taylor expansion takes.
BATCHES = 16


class Network(MobileNetV2):
    frozen = ()


def dense(weights, classes):
    model = Network(classes)
    from safetensors.torch import load_file

    missing, unexpected = model.load_state_dict(load_file(weights), strict=False)
    assert not unexpected and all(n.endswith('num_batches_tracked') for n in missing), (missing, unexpected)
    return model


@torch.no_grad()
def size(model, example):
    """Multiply-adds of convolutions and linear maps, as yosegi counts them (torch-pruning's own count knows no convolution with a padding of its own), and parameters."""
    total = 0

    def count(module, _, y):
        nonlocal total
        total += y[0].numel() * module.weight[0].numel()

    hooks = [m.register_forward_hook(count) for m in model.modules() if isinstance(m, (torch.nn.Conv2d, torch.nn.Linear))]
    model(example)
    for hook in hooks:
        hook.remove()
    return total, sum(p.numel() for p in model.parameters())


def pruned(model, way, recipe, batches):
    example = torch.zeros(1, 3, recipe['size'], recipe['size'])
    model.eval()
    before, _ = size(model, example)
    pruner = tp.pruner.BasePruner(
        model, example, importance=WAYS[way](), global_pruning=True, pruning_ratio=0.95, max_pruning_ratio=0.9,
        iterative_steps=STEPS, round_to=recipe['block'], ignored_layers=[model.classifier])
    if way == 'taylor':
        model.zero_grad()
        for x, y in batches:
            F.cross_entropy(model(x), y).backward()
    for _ in range(STEPS):
        macs, parameters = size(model, example)
        if macs <= recipe['macs'] * before:
            break
        pruner.step()
    else:
        raise RuntimeError(f'{way}: {macs / before} of the multiply-adds are left')
    model.zero_grad()
    return {'before': int(before), 'macs': int(macs), 'parameters': int(parameters)}


def recovered(model, recipe, train, val, test):
    trained = list(model.parameters())
    groups = [{'params': [p for p in trained if p.ndim > 1], 'weight_decay': recipe['weightDecay']},
              {'params': [p for p in trained if p.ndim == 1], 'weight_decay': 0}]
    optimizer = torch.optim.AdamW(groups, recipe['lr'])
    average = Average(model, recipe['ema'])
    steps, warmup, step, best = recipe['epochs'] * len(train), round(recipe['warmup'] * len(train)), 0, None
    for _ in range(recipe['epochs']):
        model.train()
        for x, y in train:
            for group in optimizer.param_groups:
                group['lr'] = rate(recipe, step, steps, warmup)
            loss = F.cross_entropy(model(x), y)
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(trained, recipe['clip'])
            optimizer.step()
            average.update(model)
            step += 1
        now = judge(average.model, val, 'cpu')
        rank = now['accuracy'], -now['loss']
        if best is None or rank > best[0]:
            best = rank, {k: v.clone() for k, v in average.model.state_dict().items()}
    model.load_state_dict(best[1])
    return judge(model, test, 'cpu')['accuracy']


def export(model, recipe, file):
    model.eval()
    torch.onnx.export(model, (torch.zeros(1, 3, recipe['size'], recipe['size']),), str(file), dynamo=False)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--work', type=Path, required=True)
    parser.add_argument('--seeds', default='0')
    parser.add_argument('--threads', type=int, default=1)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    recipe = json.loads((args.work / 'recipe.json').read_text())
    out = args.work / 'peer.json'
    runs = json.loads(out.read_text())['runs'] if out.exists() else []
    about = {'torch': torch.__version__, 'torch-pruning': version('torch-pruning')}
    for seed in map(int, args.seeds.split(',')):
        split = json.loads((args.work / f'split-{seed}.json').read_text())
        root = Path(split['data']) / split['root']
        for way in WAYS:
            if any(r['way'] == way and r['seed'] == seed for r in runs):
                continue
            torch.manual_seed(seed)
            random.seed(seed)
            loader = lambda part, vary, **o: torch.utils.data.DataLoader(  # noqa: E731
                Pictures(root, split[part], recipe, recipe['size'], recipe['vflip'], vary), recipe['batch'], **o)
            train = loader('train', True, shuffle=True, drop_last=True)
            val, test = list(loader('val', False)), list(loader('test', False))
            plain = [b for b, _ in zip(loader('train', False, shuffle=True, drop_last=True), range(BATCHES), strict=False)]
            model = dense(args.work / f'start-{seed}/best/model.safetensors', len(split['classes']))
            whole = judge(model, test, 'cpu')['accuracy']
            export(model, recipe, args.work / f'peer-whole-{seed}.onnx')
            begin = time.process_time()
            left = pruned(model, way, recipe, plain)
            cut = judge(model, test, 'cpu')['accuracy']
            accuracy = recovered(model, recipe, train, val, test)
            export(model, recipe, args.work / f'peer-{way}-{seed}.onnx')
            runs.append({'way': way, 'seed': seed, 'dense': whole, 'cut': cut, 'accuracy': accuracy, **left,
                         'processor': round(time.process_time() - begin)})
            print(json.dumps(runs[-1]), flush=True)
            out.write_text(json.dumps({'about': about, 'runs': runs}, indent=1))
    out.write_text(json.dumps({'about': about, 'runs': runs}, indent=1))


if __name__ == '__main__':
    main()
