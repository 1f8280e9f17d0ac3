import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import type { Lease, TrialQueue } from '../queue.ts';
import { answerFor, example } from './example.ts';

/** For tests: what every queue must keep. `open` opens the same queue again and again, with leases of `lasts` milliseconds. */
export function keepsItsWord(lasts: number, open: (holder: 'beats' | 'is silent') => Promise<TrialQueue>): void {
  /** Waits until there is one. */
  const taken = async (queue: TrialQueue): Promise<Lease> => {
    for (;;) {
      const lease = await queue.take('a test');
      if (lease) return lease;
      await sleep(20);
    }
  };

  it('a trial that is asked for twice is there once, for one worker, until its answer is settled', async () => {
    const [queue, other] = [await open('beats'), await open('beats')];
    const trial = example(1, 'once');
    expect(await queue.look(trial.id)).toEqual({ kind: 'missing' });
    await Promise.all([queue.ask(trial), other.ask(trial)]);
    await other.ask(trial);
    expect(await queue.look(trial.id)).toEqual({ kind: 'waiting' });
    const leases = await Promise.all([queue, other, queue, other].map((q) => q.take('a test')));
    const [lease, ...more] = leases.filter((l) => l !== undefined);
    expect(more).toEqual([]);
    expect(lease!.trial).toEqual(trial);
    expect(lease!.silent).toBe(0);
    expect(await queue.look(trial.id)).toEqual({ kind: 'taken' });
    expect(await queue.withdraw(trial.id)).toBe(false);
    const answer = answerFor(trial);
    expect(await lease!.answer(answer)).toBe(true);
    await other.ask(trial);
    expect(await other.look(trial.id)).toEqual({ kind: 'answered', answer });
    expect(await queue.withdraw(trial.id)).toBe(false);
    expect(await queue.take('a test')).toBeUndefined();
    expect(await other.asked('once')).toEqual([trial]);
    expect(await other.asked('another')).toEqual([]);
    await queue.settle(trial.id);
    await queue.settle(trial.id);
    expect(await other.look(trial.id)).toEqual({ kind: 'missing' });
    expect(await other.asked('once')).toEqual([]);
    await Promise.all([queue.close(), other.close()]);
  });

  it('a trial that is given back is for the next; one that is taken back is for nobody', async () => {
    const queue = await open('beats');
    const trial = example(2, 'back');
    await queue.ask(trial);
    const lease = await taken(queue);
    await lease.giveBack();
    const next = await taken(queue);
    expect(next.trial).toEqual(trial);
    expect(next.token).toBeGreaterThan(lease.token);
    expect(next.silent).toBe(0);
    expect(await lease.answer(answerFor(trial))).toBe(false);
    await next.giveBack();
    expect(await queue.withdraw(trial.id)).toBe(true);
    expect(await queue.take('a test')).toBeUndefined();
    expect(await queue.asked('back')).toEqual([]);
    // It may be asked for again.
    await queue.ask(trial);
    await (await taken(queue)).answer(answerFor(trial));
    await queue.settle(trial.id);
    await queue.close();
  });

  it('an answer is not lost where its trial is taken back at the same moment', async () => {
    const [queue, other] = [await open('beats'), await open('beats')];
    for (let round = 0; round < 40; round++) {
      const trial = example(round, 'race');
      await queue.ask(trial);
      const answered = async () => {
        await sleep(round % 4);
        const lease = await other.take('a test');
        return (await lease?.answer(answerFor(trial))) ?? false;
      };
      const [counts, gone] = await Promise.all([answered(), queue.withdraw(trial.id)]);
      const state = await queue.look(trial.id);
      if (counts) expect([gone, state]).toEqual([false, { kind: 'answered', answer: answerFor(trial) }]);
      else expect(state.kind).toBe('missing');
      await queue.settle(trial.id);
    }
    await Promise.all([queue.close(), other.close()]);
  });

  it('a lease lasts as long as its holder is heard of; then an answer under it is refused', async () => {
    const [alive, silent, other] = [await open('beats'), await open('is silent'), await open('beats')];
    const [kept, given] = [example(3, 'lease'), example(4, 'lease')];
    await alive.ask(kept);
    const lease = await taken(alive);
    await alive.ask(given);
    const old = await taken(silent);
    expect(old.trial.id).toBe(given.id);
    expect(await other.take('a test')).toBeUndefined();
    const next = await taken(other);
    expect(next.trial.id).toBe(given.id);
    expect(next.token).toBeGreaterThan(old.token);
    expect(next.silent).toBe(1);
    await sleep(2 * lasts);
    expect(await other.take('a test')).toBeUndefined();
    expect(await old.answer({ ...answerFor(given), figure: 1 })).toBe(false);
    expect(await next.answer(answerFor(given))).toBe(true);
    expect(await old.answer({ ...answerFor(given), figure: 1 })).toBe(false);
    expect(await alive.look(given.id)).toEqual({ kind: 'answered', answer: answerFor(given) });
    expect(await lease.answer(answerFor(kept))).toBe(true);
    await Promise.all([kept, given].map(({ id }) => other.settle(id)));
    await Promise.all([alive, silent, other].map((q) => q.close()));
  });
}
