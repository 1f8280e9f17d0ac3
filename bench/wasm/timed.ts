/** Milliseconds of each of so many runs, one after the other. Served to all sides' pages as /timed.js. */
export async function timed(run: () => Promise<unknown>, count: number): Promise<number[]> {
  const ms: number[] = [];
  for (let i = 0; i < count; i++) {
    const start = performance.now();
    await run();
    ms.push(performance.now() - start);
  }
  return ms;
}
