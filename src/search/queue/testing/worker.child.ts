import { appendFileSync } from 'node:fs';
import { openQueue } from '../node/open.ts';
import { pause } from '../node/patience.ts';
import { type Trainer, work } from '../node/work.ts';
import { SOON, worth } from './made-up.ts';

// For tests: workers that train nothing, in milliseconds, until they are killed. They note what they were told that counts.
const [place, log, milliseconds, count] = process.argv.slice(2);
const note = (text: string) => appendFileSync(log!, `${text} ${process.pid}\n`);
const train: Trainer = async ({ design, epochs }, signal) => {
  await pause(Number(milliseconds) * Math.random(), signal);
  return { figure: worth(design, epochs), seconds: 0.1, by: String(process.pid) };
};
const stop = new AbortController();
process.on('SIGTERM', () => stop.abort());
const queue = await openQueue(place!, SOON);
const one = (name: string) =>
  work(queue, train, {
    name,
    every: 80,
    signal: stop.signal,
    onTake: ({ id }) => note(`taken ${id}`),
    onEnd: ({ id }, outcome) => note(`${typeof outcome === 'string' ? outcome : 'answered'} ${id}`),
    onNotice: note,
  });
await Promise.all(Array.from({ length: Number(count) }, (_, i) => one(`${process.pid} ${i}`)));
await queue.close();
