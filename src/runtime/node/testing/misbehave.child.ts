// For isolate.test.ts: a child that does what its argument says.
const acts: Record<string, () => void> = {
  value: () => process.send?.({ value: { a: 1, list: new Float32Array([1, 2]) } }),
  error: () => process.send?.({ error: 'the reason' }),
  hang: () => setInterval(() => {}, 1000),
  // An answer, and then something that does not end.
  cling: () => {
    process.send?.({ value: 7 });
    setInterval(() => {}, 1000);
  },
  crash: () => process.kill(process.pid, 'SIGILL'),
  exit: () => {
    process.stderr.write('first words\nlast words\n');
    process.exitCode = 3;
  },
  throw: () => {
    throw new Error('not caught');
  },
};
acts[process.argv[2]!]!();
