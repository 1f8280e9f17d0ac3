import { codeOf } from '../base/node/error-code.ts';

/**
 * Guards what the program prints. A reader that goes away (`| head`, a closed terminal, an ssh session that ends) must neither end a
 * training nor bring up a stack: the program goes on without it, unless its verb has called {@link endWithReader}. A disk that is
 * full loses what is printed: that is said once, in one line, and the exit code is 1.
 */
export function guardOutput(): void {
  for (const stream of [process.stdout, process.stderr]) guard(stream);
  // The terminal was closed: what is written to it is lost, which is no reason to lose the work too.
  process.on('SIGHUP', () => {
    if (state.endsWithReader) process.exit(128 + 1);
  });
}

const state = { endsWithReader: false };

/** For verbs whose only product is what they print: without a reader there is nothing left to do. */
export function endWithReader(): void {
  state.endsWithReader = true;
}

/** Prints text on standard output; done when it has been taken, so that a slow reader slows its writer down. */
export function print(text: string): Promise<void> {
  return new Promise((resolve) => {
    process.stdout.write(text, () => resolve());
  });
}

/** A reader that is gone: a closed pipe, a closed terminal. */
const gone = new Set(['EPIPE', 'EIO', 'ECONNRESET', 'ERR_STREAM_DESTROYED']);

function guard(stream: NodeJS.WriteStream): void {
  let lost = false;
  const write = stream.write.bind(stream);
  const fail = (error: unknown): void => {
    if (lost) return;
    lost = true;
    const code = codeOf(error);
    if (gone.has(code)) {
      if (state.endsWithReader && stream === process.stdout) process.exit(process.exitCode ?? 0);
      return;
    }
    process.exitCode = 1;
    if (stream === process.stdout) {
      const message = error instanceof Error ? error.message : String(error);
      process.stderr.write(`\nyosegi: standard output cannot be written: ${message}\n`);
    }
    if (state.endsWithReader) process.exit(1);
  };
  stream.on('error', fail);
  function guarded(chunk: string | Uint8Array, ...rest: unknown[]): boolean {
    const done = rest.find((one): one is (error?: Error | null) => void => typeof one === 'function');
    const encoding = rest.find((one): one is BufferEncoding => typeof one === 'string');
    if (lost) {
      // Nobody listens any more; whoever waits for the write must not wait for ever.
      if (done) process.nextTick(done);
      return true;
    }
    try {
      return write(chunk, encoding, done);
    } catch (error) {
      // Files are written at once, and throw.
      fail(error);
      if (done) process.nextTick(done);
      return true;
    }
  }
  stream.write = guarded;
}
