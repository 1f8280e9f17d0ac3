"""Optuna's TPE and NSGA-II on a table of designs (bench/designs.ts): which designs they ask for, in order, each once.

Reads {seeds, most, values, table: [{design, accuracy, ms}]} from stdin, writes {sampler: [seed: [design, ...]]} to stdout, at most `most`
designs each. A design that was asked for before is answered again and not counted, one that is not in the table fails; after many such the rest is left out.
"""
import json
import sys

import optuna

optuna.logging.set_verbosity(optuna.logging.ERROR)
given = json.load(sys.stdin)
values, table = given["values"], {tuple(r["design"]): (r["accuracy"], r["ms"]) for r in given["table"]}
MOST = given["most"]
ASKS = 5 * MOST


def replayed(sampler):
    study = optuna.create_study(directions=["maximize", "minimize"], sampler=sampler)
    order, seen = [], set()
    for _ in range(ASKS):
        if len(order) == MOST:
            break
        trial = study.ask()
        design = tuple(trial.suggest_categorical(f"choice {i}", list(range(n))) for i, n in enumerate(values))
        if design not in table:
            study.tell(trial, state=optuna.trial.TrialState.FAIL)
            continue
        study.tell(trial, table[design])
        if design not in seen:
            seen.add(design)
            order.append(list(design))
    return order


samplers = {
    "Optuna TPE": lambda seed: optuna.samplers.TPESampler(seed=seed),
    "Optuna NSGA-II": lambda seed: optuna.samplers.NSGAIISampler(seed=seed, population_size=12),
}
out = {}
for name, make in samplers.items():
    out[name] = [replayed(make(seed)) for seed in range(given["seeds"])]
    print(f"{name}: {given['seeds']} seeds", file=sys.stderr)
json.dump(out, sys.stdout)
