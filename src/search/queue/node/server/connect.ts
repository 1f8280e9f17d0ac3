import type { Queue, Worker } from 'bullmq';
import { messageOf, YosegiError } from '../../../../base/errors.ts';
import { loaded } from './load.ts';

/** All trials of a server stand in one queue of that name. */
const NAME = 'yosegi-trials';
/** Milliseconds in which a server answers. */
const ANSWERS = 15_000;

/** What of BullMQ is used here, on either server. */
export interface Connected {
  readonly queue: Pick<Queue, 'add' | 'getJob' | 'getJobs' | 'getJobState'>;
  readonly worker: Pick<Worker, 'getNextJob'>;
  close(): Promise<void>;
}

export interface ConnectOptions {
  /** Milliseconds that a lease lasts without a sign of its holder. */
  readonly lasts: number;
}

/** Whether an address is that of a server that a queue can be on. */
export const isServer = (place: string): boolean => /^(rediss?|postgres(ql)?):\/\//.test(place);

/** BullMQ on Redis or PostgreSQL. @throws YosegiError where a package is missing or nobody answers */
export function connect(url: string, options: ConnectOptions): Promise<Connected> {
  return url.startsWith('redis') ? onRedis(url, options) : onPostgres(url, options);
}

/** How often a trial may be given to somebody is ours to say; trials that nobody is heard of are free again. */
const workerOptions = ({ lasts }: ConnectOptions) => ({
  lockDuration: lasts,
  stalledInterval: Math.ceil(lasts / 4),
  maxStalledCount: 1e6,
});

async function onRedis(url: string, options: ConnectOptions): Promise<Connected> {
  const packages = ['bullmq', 'ioredis'];
  const { Queue, Worker } = await loaded(() => import('bullmq'), ...packages);
  const { Redis } = await loaded(() => import('ioredis'), ...packages);
  // Nothing is given up for good: a server that comes back is asked again.
  const connection = new Redis(url, { maxRetriesPerRequest: null });
  const heard = errorsOf(connection);
  try {
    await inTime(connection.ping(), url, heard);
  } catch (error) {
    connection.disconnect();
    throw error;
  }
  const queue = new Queue(NAME, { connection });
  const worker = new Worker(NAME, null, { connection, ...workerOptions(options) });
  return started(queue, worker, () => Promise.resolve(connection.disconnect()));
}

async function onPostgres(url: string, options: ConnectOptions): Promise<Connected> {
  const packages = ['bullmq', 'pg'];
  const bullmq = await loaded(() => import('bullmq'), ...packages);
  const { default: pg } = await loaded(() => import('pg'), ...packages);
  const { Queue, Worker, createPostgresBackend, DEFAULT_SCHEMA, runMigrations } = bullmq;
  const connection = new pg.Pool({ connectionString: url, max: 4, options: `-c search_path=${DEFAULT_SCHEMA}` });
  const heard = errorsOf(connection);
  try {
    const client = await inTime(connection.connect(), url, heard);
    try {
      await runMigrations(client);
    } finally {
      client.release();
    }
  } catch (error) {
    await connection.end();
    throw error;
  }
  const queue = new Queue(NAME, { connection }, createPostgresBackend);
  const worker = new Worker(NAME, null, { connection, ...workerOptions(options) }, createPostgresBackend);
  return started(queue, worker, () => connection.end());
}

type Emitter = { on(event: 'error', listener: (error: Error) => void): unknown };

/** What went wrong last in the background; it is told where somebody waits for an answer. */
function errorsOf(emitter: Emitter): { last?: Error } {
  const heard: { last?: Error } = {};
  emitter.on('error', (error) => {
    heard.last = error;
  });
  return heard;
}

async function started(
  queue: Connected['queue'] & Pick<Queue, 'close'> & Emitter,
  worker: Connected['worker'] & Pick<Worker, 'close' | 'startStalledCheckTimer'> & Emitter,
  end: () => Promise<void>,
): Promise<Connected> {
  for (const emitter of [queue, worker]) errorsOf(emitter);
  await worker.startStalledCheckTimer();
  return {
    queue,
    worker,
    async close() {
      await worker.close(true);
      await queue.close();
      await end();
    },
  };
}

async function inTime<T>(work: Promise<T>, url: string, heard: { readonly last?: Error }): Promise<T> {
  const { host } = new URL(url);
  const fail = (cause: unknown) => new YosegiError(`no queue answers at ${host}: ${messageOf(cause)}`, { cause });
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(heard.last ?? new Error(`nothing in ${ANSWERS / 1000} s`)), ANSWERS);
  });
  try {
    return await Promise.race([work, late]);
  } catch (error) {
    throw fail(error);
  } finally {
    clearTimeout(timer);
  }
}
