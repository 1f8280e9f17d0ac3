// For tests: a process that runs one `yosegi …` after the other for a test process that asks for them (see yosegi.ts). argv: the program.
import { pathToFileURL } from 'node:url';
import { format } from 'node:util';

const program = process.argv[2];
const streams = { out: process.stdout, err: process.stderr };
const writes = { out: process.stdout.write, err: process.stderr.write };
let turn = 0;

process.on('disconnect', () => process.exit());
process.on('message', async (args) => {
  const written = { out: '', err: '' };
  for (const [to, stream] of Object.entries(streams)) {
    stream.write = (text, encoding, done) => {
      written[to] += typeof text === 'string' ? text : Buffer.from(text).toString();
      const then = typeof encoding === 'function' ? encoding : done;
      if (then) process.nextTick(then);
      return true;
    };
  }
  process.argv = [process.argv[0], program, ...args];
  process.exitCode = undefined;
  try {
    // Only the program's first file runs again; what it stands on is loaded.
    await import(`${pathToFileURL(program).href}?turn=${turn++}`);
  } catch (error) {
    written.err += format(error);
    process.exitCode = 1;
  }
  const code = Number(process.exitCode ?? 0);
  process.exitCode = undefined;
  for (const [from, stream] of Object.entries(streams)) {
    stream.write = writes[from];
    stream.removeAllListeners('error');
  }
  for (const signal of ['SIGHUP', 'SIGINT', 'SIGTERM']) process.removeAllListeners(signal);
  process.send({ ...written, code, bytes: process.memoryUsage.rss() });
});
process.send('ready');
