"""Runs the dense peers many at a time on one GPU and writes what they found, within a deadline (requirements: common.py).

  python peer_all.py run --root DATA --out DIR [--at-once 16] [--deadline 500]     DIR/peer-detect.json, peer-segment.json, peer-anomaly.json, log.txt
  python peer_all.py summary DIR      means and spread over the seeds; of the recipes the one that is best on the val part

Steps are what 30 minutes of the two cores of the project's machine hold (peer_detect.py time, peer_segment.py time; see STEPS), so the
quality is that of "the same time", found faster. What the deadline cuts off is left out, and named.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from common import spread

HERE = Path(__file__).resolve().parent
SEEDS = (0, 1, 2)
# 3,600 core-seconds over the least processor time of a step at batch 8, rounded up: perfect use of two cores, in the peer's favour.
STEPS = {'light': 640, 'standard': 210, 'smp': 880}


def jobs(root, folder, device):
    def job(name, script, *args):
        out = Path(folder) / f'{name}.json'
        argv = [sys.executable, str(HERE / script), *map(str, args), '--root', str(root), '--device', device, '--out', str(out)]
        return {'name': name, 'kind': name.split('.')[0], 'argv': argv, 'out': out}

    def detect(data, variant, lr, bn, factor, seed, steps=None, tag=''):
        steps = steps or STEPS[variant]
        return job(f'detect.{data}.{variant}.{lr}.{bn}.{factor}{tag}.{seed}', 'peer_detect.py', 'train', '--data', data, '--variant', variant, '--steps', steps,
                   '--batch', 8, '--lr', lr, '--bn', bn, '--backbone-factor', factor, '--seed', seed)

    def segment(lr, bn, loss, seed):
        return job(f'segment.{lr}.{bn}.{loss}.{seed}', 'peer_segment.py', 'train', '--steps', STEPS['smp'], '--batch', 8, '--lr', lr, '--bn', bn,
                   '--loss', loss, '--seed', seed)

    def anomaly(data, size, ratio, seed, *more):
        tag = ''.join(f'-{m}' for m in more)
        return job(f'anomaly.{data}.{size[0]}x{size[1]}.{ratio}{tag}.{seed}', 'peer_anomaly.py', 'run', '--data', data, '--size', *size, '--ratio', ratio,
                   '--seed', seed, *(['--classes', *more] if more else []))

    first = [anomaly('x-sdd', (256, 256), 0.1, 0)]
    for seed in SEEDS:
        first += [detect('bccd', 'light', 1e-3, 'frozen', 0.3, seed), detect('bccd', 'standard', 1e-3, 'frozen', 0.3, seed),
                  detect('bsdata', 'light', 1e-3, 'frozen', 0.3, seed), segment(1e-3, 'frozen', 'focal', seed),
                  anomaly('bsdata', (256, 256), 0.1, seed), anomaly('bsdata', (256, 640), 0.1, seed)]
    second = []
    for seed in SEEDS:
        second += [detect('bccd', 'light', 2e-3, 'frozen', 0.3, seed), detect('bccd', 'light', 1e-3, 'live', 1.0, seed),
                   detect('bsdata', 'light', 2e-3, 'live', 1.0, seed), segment(1e-3, 'live', 'focal', seed), segment(2e-3, 'frozen', 'focal', seed),
                   segment(1e-3, 'live', 'ce', seed), anomaly('x-sdd', (256, 256), 0.01, seed), anomaly('bsdata', (448, 1120), 0.01, seed)]
    last = [anomaly('bsdata', (448, 1120), 0.1, 0), *(anomaly('bsdata', (256, 256), 0.01, s) for s in SEEDS),
            *(anomaly('bsdata', (256, 640), 0.01, s) for s in SEEDS),
            # What more time would give: four times the steps, not part of the comparison.
            detect('bccd', 'light', 1e-3, 'frozen', 0.3, 0, 4 * STEPS['light'], '.long')]
    return first + second + last


def run(a):
    out = Path(a.out)
    scratch = Path(a.scratch)
    out.mkdir(parents=True, exist_ok=True)
    scratch.mkdir(parents=True, exist_ok=True)
    begin = time.time()
    waiting, running, done, failed, missing = jobs(a.root, scratch, a.device), [], [], [], []
    if a.only:
        waiting = [j for j in waiting if any(o in j['name'] for o in a.only)]
    env = {**os.environ, 'OMP_NUM_THREADS': '1', 'PYTHONUNBUFFERED': '1', 'TQDM_DISABLE': '1'}
    log = open(out / 'log.txt', 'w')

    def say(text):
        for f in (log, sys.stdout):
            print(f'{time.time() - begin:6.1f} s  {text}', file=f, flush=True)

    def store():
        for kind in ('detect', 'segment', 'anomaly'):
            runs = [{'run': j['name'], **json.loads(j['out'].read_text())} for j in done if j['kind'] == kind]
            (out / f'peer-{kind}.json').write_text(json.dumps(runs, indent=1))

    while waiting or running:
        late = time.time() - begin > a.deadline
        if late:
            missing += [j['name'] for j in waiting]
            waiting = []
            for j in running:
                j['process'].kill()
                missing.append(j['name'])
            break
        while waiting and len(running) < a.at_once:
            j = waiting.pop(0)
            j['log'] = scratch / f'{j["name"]}.log'
            j['process'] = subprocess.Popen(j['argv'], env=env, stdout=open(j['log'], 'w'), stderr=subprocess.STDOUT)
            running.append(j)
        for j in list(running):
            code = j['process'].poll()
            if code is None:
                continue
            running.remove(j)
            if code == 0 and j['out'].exists():
                done.append(j)
                store()
                say(f'{j["name"]} done ({len(waiting)} waiting)')
            else:
                failed.append(j['name'])
                say(f'{j["name"]} FAILED with {code}:\n' + j['log'].read_text()[-1500:])
                if not done and len(failed) >= 8:
                    say('eight runs failed and none was done: stopping')
                    for other in running:
                        other['process'].kill()
                    waiting, running = [], []
                    break
        time.sleep(0.3)
    store()
    say(f'{len(done)} done, failed: {failed}, cut off by the deadline: {missing}')


def summary(folder):
    folder = Path(folder)
    read = lambda kind: json.loads((folder / f'peer-{kind}.json').read_text()) if (folder / f'peer-{kind}.json').exists() else []  # noqa: E731
    answer = {}

    def grouped(runs):
        groups = {}
        for r in runs:
            groups.setdefault(r['run'].rsplit('.', 1)[0], []).append(r)
        return groups

    def figures(dicts, names):
        return {n: spread([d[n] for d in dicts]) for n in names if all(n in d for d in dicts)}

    for name, runs in grouped(read('detect')).items():
        answer[name] = {'seeds': [r['seed'] for r in runs], 'steps': runs[0]['steps'], 'parameters': runs[0]['parameters'],
                        'val': figures([r['val'] for r in runs], ('AP', 'AP50')),
                        'test': figures([r['test'] for r in runs], ('AP', 'AP50', 'AP75', 'pictureAUROC', 'pictureMissAt1')),
                        'testAP50': {c: spread([r['test']['perClassAP50'][c] for r in runs]) for c in runs[0]['test']['perClassAP50']}}
    names = ('valIoU', 'IoU', 'Dice', 'IoUat0.5', 'DiceAt0.5', 'pictureAUROC', 'pictureMissAt1')
    for name, runs in grouped(read('segment')).items():
        answer[name] = {'seeds': [r['seed'] for r in runs], 'steps': runs[0]['steps'], 'parameters': runs[0]['parameters'],
                        **{how: {**figures([r['judged'][how] for r in runs], names), 'pictureScores': [r['judged'][how]['pictureScore'] for r in runs]}
                           for how in ('whole', 'tiles')}}
    for name, runs in grouped(read('anomaly')).items():
        answer[name] = {'seeds': [r['seed'] for r in runs], **figures(runs, ('imageAUROC', 'pixelAUROC', 'AUPRO', 'meanImageAUROC')),
                        'classes': {k: spread([r[k]['imageAUROC'] for r in runs]) for k, v in runs[0].items() if isinstance(v, dict) and 'imageAUROC' in v}}

    def best(prefix, key):
        found = {n: v for n, v in answer.items() if n.startswith(prefix) and 'long' not in n and len(v['seeds']) == len(SEEDS)}
        return max(found, key=lambda n: key(found[n])) if found else None

    chosen = {'bccd': best('detect.bccd', lambda v: v['val']['AP']['mean']), 'bsdata detection': best('detect.bsdata', lambda v: v['val']['AP50']['mean']),
              'bsdata segmentation': best('segment', lambda v: v['whole']['valIoU']['mean'])}
    print(json.dumps({'chosenOnVal': chosen, 'runs': answer}, indent=1))


def main():
    p = argparse.ArgumentParser()
    sub = p.add_subparsers(dest='what', required=True)
    r = sub.add_parser('run')
    r.add_argument('--root', required=True)
    r.add_argument('--out', required=True)
    r.add_argument('--scratch', default=str(Path(tempfile.gettempdir()) / 'dense-peers'))
    r.add_argument('--device', default='cuda')
    r.add_argument('--at-once', type=int, default=16)
    r.add_argument('--deadline', type=float, default=500)
    r.add_argument('--only', nargs='*')
    s = sub.add_parser('summary')
    s.add_argument('folder')
    a = p.parse_args()
    run(a) if a.what == 'run' else summary(a.folder)


if __name__ == '__main__':
    main()
