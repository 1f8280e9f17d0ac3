import { messageOf } from '../../base/errors.ts';
import { openRuntime } from '../../runtime/node/open.ts';
import type { Program } from '../../runtime/runtime.ts';
import type { SessionsFootprint, SessionsReply, SessionsTask } from './sessions.ts';

/** Entry of the process that {@link measureSessions} starts: it takes one task and answers once. */

async function measure({ files, load, feeds, threads }: SessionsTask): Promise<SessionsFootprint> {
  const runtime = await openRuntime({ threads });
  const before = process.memoryUsage.rss();
  const start = performance.now();
  const programs: Program[] = [];
  for (const i of load) programs.push(await runtime.load(files[i]!, { threads, idle: 'sleep' }));
  const loadMs = performance.now() - start;
  for (const program of programs) await program.run(feeds);
  return { loadMs, memoryMiB: (process.memoryUsage.rss() - before) / 2 ** 20 };
}

process.once('message', (task: SessionsTask) => {
  const answer = (reply: SessionsReply) => process.send!(reply, () => process.disconnect());
  measure(task).then(answer, (error) => answer({ error: messageOf(error) }));
});
