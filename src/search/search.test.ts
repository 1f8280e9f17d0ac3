import { describe, expect, it } from 'vitest';
import { random } from '../base/random.ts';
import { ablationsOf, besides, centreOf, neighbours } from './around.ts';
import { type GeneratorName, generators } from './generator.ts';
import { inquisitor } from './inquisitor.ts';
import type { Probes, TimedJob } from './job.ts';
import { weightsSchema } from './score.ts';
import { type SearchOptions, scored, search, winnerOf } from './search.ts';
import { type Choice, type Design, keyOf } from './space.ts';
import type { Trial } from './trial.ts';

/** A made-up space whose truth is known: each value is worth something, some pairs more, slower ones are a little better. */
const choices: readonly Choice[] = Array.from({ length: 8 }, (_, i) => ({ name: `choice ${i}`, values: [0, 1, 2, 3] }));
const worth = (i: number, v: number) => random(11, 'worth', i, v).uniform();
const truth = (design: Design) => {
  const own = design.reduce((sum, v, i) => sum + worth(i, v), 0) / design.length;
  const pairs = design.reduce((sum, v, i) => sum + (i > 0 ? random(11, 'pair', i, v, design[i - 1]!).uniform() : 0), 0);
  return 0.5 + 0.35 * own + 0.1 * (pairs / design.length);
};
const msOf = (design: Design) => 1 + design.reduce((a, b) => a + b, 0) / 4;
const rungs = [1, 3, 9];

const probes: Probes = {
  cost: async (design) => ({ parameters: 1e5 * (1 + design[0]!), macs: 1e6 * msOf(design) }),
  time: async (design) => msOf(design),
  // Short trainings see less, and are noisy.
  train: async ({ candidate: { design } }, epochs, number) => ({
    figure: truth(design) - 0.3 / Math.sqrt(epochs) + (0.02 / epochs) * random(3, 'noise', number).normal(),
    seconds: 0.5,
  }),
};

function optionsFor(name: GeneratorName, seed: number, most: number, more: Partial<SearchOptions> = {}): SearchOptions {
  const weights = weightsSchema.parse({});
  return {
    generator: generators[name](choices),
    inquisitor: inquisitor(choices, { weights, rungs: rungs.length }),
    probes,
    limits: { ms: 4 },
    weights,
    rungs,
    seed,
    trials: [],
    goOn: (trials) => trials.length < most,
    onTrial: () => {},
    ...more,
  };
}

describe('a search', () => {
  it('keeps to the limits, and trains the best for longer', async () => {
    const options = optionsFor('learned', 1, 60);
    const trials = await search(options);
    expect(trials).toHaveLength(60);
    for (const t of trials) expect(t.accuracy === null).toBe(t.ms! > 4);
    expect(new Set(trials.map((t) => `${t.design}/${t.rung}`)).size).toBe(60);
    const [short, middle, long] = [0, 1, 2].map((rung) => trials.filter((t) => t.rung === rung).length);
    expect(short).toBeGreaterThan(middle!);
    expect(middle).toBeGreaterThan(long!);
    expect(long).toBeGreaterThan(0);
    const winner = winnerOf(trials, options)!;
    expect(winner.rung).toBe(2);
    expect(winner.ms).toBeLessThanOrEqual(4);
  });

  it('finds better designs than chance with a third of the trials', async () => {
    const bestOf = (trials: readonly Trial[], options: SearchOptions) =>
      Math.max(...scored(trials, options).map((t) => truth(t.design)));
    let [ahead, of] = [0, 0];
    for (let seed = 0; seed < 20; seed++) {
      const few = optionsFor('learned', seed, 40);
      // Chance looks at nothing before it trains.
      const many = optionsFor('random', seed, 120, {
        inquisitor: { ...inquisitor(choices, { weights: few.weights, rungs: 3 }), ask: (all) => [...all] },
      });
      if (bestOf(await search(few), few) >= bestOf(await search(many), many)) ahead++;
      of++;
    }
    expect(ahead).toBeGreaterThanOrEqual(0.8 * of);
  });

  it('goes on after a stop as if there had been none', async () => {
    const whole = await search(optionsFor('learned', 4, 30));
    const part = await search(optionsFor('learned', 4, 13));
    const rest = await search(optionsFor('learned', 4, 30, { trials: part }));
    const plain = (trials: readonly Trial[]) => trials.map(({ seconds: _, ...t }) => t);
    expect(plain(rest)).toEqual(plain(whole));
  });

  it('counts the mean of pictures that leave early, and holds limits to those that do not', async () => {
    const timed: number[] = [];
    const early: Probes = {
      ...probes,
      timeExits: async (design) => [msOf(design) / 4, msOf(design)],
      train: async (job, epochs, number) => {
        timed.push(job.ms);
        return { ...(await probes.train(job, epochs, number))!, leaving: [0.5, 0.5] };
      },
    };
    const options = optionsFor('learned', 2, 40, { probes: early });
    const trials = await search(options);
    for (const t of trials.filter(({ accuracy }) => accuracy !== null)) {
      expect(t.ms).toBeCloseTo(0.625 * msOf(t.design), 9);
      expect(t.exits).toEqual({ end: msOf(t.design), leaving: [0.5, 0.5] });
    }
    // Also on deeper rungs, where the time is known from before.
    expect(trials.some(({ rung }) => rung > 0)).toBe(true);
    expect(timed).toEqual(trials.filter(({ accuracy }) => accuracy !== null).map((t) => msOf(t.design)));
    expect(Math.max(...timed)).toBeLessThanOrEqual(4);
    expect(trials.some(({ refused }) => refused)).toBe(true);
  });

  it('keeps what was judged where a training is stopped', async () => {
    let asked = 0;
    const stopping: Probes = { ...probes, train: async (d, e, n) => (++asked > 5 ? undefined : probes.train(d, e, n)) };
    const kept: Trial[] = [];
    const trials = await search(optionsFor('learned', 2, 50, { probes: stopping, onTrial: (t) => void kept.push(t) }));
    expect(trials).toEqual(kept);
    expect(trials.filter((t) => t.accuracy !== null)).toHaveLength(5);
  });

  it('has several trained at once: none twice, the answers in any order, those of an earlier part too', async () => {
    let [now, most] = [0, 0];
    const slow: Probes = {
      ...probes,
      async train(job, epochs, number) {
        most = Math.max(most, ++now);
        await new Promise((done) => setTimeout(done, 1 + (number % 5)));
        now--;
        return probes.train(job, epochs, number);
      },
    };
    const crew = { free: (underWay: number) => underWay < 4, pause: () => new Promise<void>(() => {}) };
    const design = choices.map(() => 1);
    const before: TimedJob = { candidate: { design, parameters: 1, macs: 1 }, rung: 0, ms: 2 };
    const options = optionsFor('learned', 3, 60, { probes: slow, crew, underWay: [before] });
    const goOn = (trials: readonly Trial[], underWay: number) => trials.length + underWay < 60;
    const trials = await search({ ...options, goOn });
    expect(most).toBe(4);
    expect(trials.map(({ number }) => number)).toEqual(Array.from({ length: 60 }, (_, i) => i));
    expect(new Set(trials.map((t) => `${t.design}/${t.rung}`)).size).toBe(60);
    expect(trials.filter((t) => t.rung === 0 && `${t.design}` === `${design}`)).toHaveLength(1);
    expect(trials.some(({ rung }) => rung === 2)).toBe(true);
  });

  it('does not ask what is being found out already', () => {
    const asks = inquisitor(choices, { weights: weightsSchema.parse({}), rungs: 1 });
    const like = (first: number, k: number) => choices.map((_, i) => (i === 0 ? first : (k * i) % 4));
    const size = { parameters: 1e6, macs: 1e6 };
    // The first value is a little better than the second; of the third nothing is known.
    const known: Trial[] = [0, 0, 0, 1, 1, 1].map((first, number) => {
      const accuracy = 0.6 + (first === 0 ? 0.001 : 0) + (number % 2 ? 0.05 : -0.05);
      return { number, design: like(first, number), rung: 0, accuracy, ...size, ms: 1, seconds: 1 };
    });
    const candidates = [2, 0].map((first) => ({ design: like(first, 7), ...size }));
    const asked = () => asks.ask(candidates, {}).map(({ design }) => design[0]);
    asks.learn(known);
    expect(asked()).toEqual([2, 0]);
    // It is being looked at: what is left to learn of it is worth less.
    asks.learn(
      known,
      [0, 1, 2, 3, 4, 5].map((k) => like(2, k)),
    );
    expect(asked()).toEqual([0, 2]);
  });

  it('goes for the least accuracy first where one is asked for, and for what counts beside it then', async () => {
    // Only time counts: without a floor the fastest wins, however wrong.
    const weights = { accuracy: 0, parameters: 0, macs: 0, ms: 1 };
    const fast = optionsFor('learned', 6, 60, { weights, limits: {} });
    const asks = inquisitor(choices, { weights, rungs: 3 });
    const exact = optionsFor('learned', 6, 60, { weights, limits: { accuracy: 0.7 }, inquisitor: asks });
    const [fastest, floored] = [winnerOf(await search(fast), fast)!, winnerOf(await search(exact), exact)!];
    expect(fastest.accuracy).toBeLessThan(0.7);
    expect(floored.accuracy).toBeGreaterThanOrEqual(0.7);
    expect(floored.ms).toBeGreaterThan(fastest.ms);
    const never = optionsFor('learned', 6, 30, { weights, limits: { accuracy: 1 } });
    expect(winnerOf(await search(never), never)).toBeUndefined();
  });

  it('changes one choice of the best at a time, as deeply judged, and each but once, also after a stop', async () => {
    const before = optionsFor('learned', 7, 40);
    const trials = await search(before);
    const best = winnerOf(trials, before)!;
    const ablate = (known: readonly Trial[], most = 999) =>
      search({
        ...optionsFor('learned', 7, 40),
        trials: known,
        next: besides(centreOf(known, winnerOf(known, before))!, choices),
        goOn: (done) => done.length < most,
      });
    const half = await ablate(trials, 45);
    expect(half).toHaveLength(45);
    const all = await ablate(half);
    const plain = (some: readonly Trial[]) => some.map(({ seconds: _, ...t }) => t);
    expect(plain(all)).toEqual(plain(await ablate(trials)));
    const own = all.slice(40);
    for (const t of own) expect(t).toMatchObject({ around: best.number, rung: 2 });
    const told = ablationsOf(choices, all, best);
    const wanted = neighbours(choices, best.design).map(keyOf);
    for (const design of wanted) expect(told.map(({ trial }) => keyOf(trial.design))).toContain(design);
    for (const { choice, from, to, trial } of told) {
      const at = choices.indexOf(choice);
      expect([best.design[at], trial.design[at]]).toEqual([from, to]);
      expect(trial.accuracy === null).toBe(trial.ms! > 4);
    }
  });

  it('says what each part is worth', async () => {
    const options = optionsFor('learned', 5, 120, { limits: {} });
    await search(options);
    const effects = options.inquisitor.effects();
    expect(effects).toHaveLength(32);
    // Larger values are slower, in this world, and the inquisitor knows.
    const of = (value: string) => effects.filter((e) => e.value === value).reduce((s, e) => s + Math.log(e.ms), 0);
    expect(of('3')).toBeGreaterThan(of('0'));
    for (const row of options.generator.preferences()) expect(row.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 9);
  });
});
