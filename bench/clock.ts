/** What something took: on the clock and of processors, in milliseconds. */
export interface Took {
  readonly ms: number;
  readonly processorMs: number;
}

/** Does it once. Processor time, which on one thread is what the clock would say on a quiet machine, is that of the whole process. */
export async function clocked(what: () => Promise<unknown>): Promise<Took> {
  const [start, before] = [performance.now(), process.cpuUsage()];
  await what();
  const { user, system } = process.cpuUsage(before);
  return { ms: performance.now() - start, processorMs: (user + system) / 1000 };
}

/** Does it so often; in the words of an answer to the request `run`. */
export async function clockedRuns(times: number, what: () => Promise<unknown>) {
  const took: Took[] = [];
  for (let i = 0; i < times; i++) took.push(await clocked(what));
  return { ms: took.map((t) => t.ms), processor_ms: took.map((t) => t.processorMs) };
}
