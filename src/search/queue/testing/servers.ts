import { execFileSync, spawn } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** For tests: a server of one's own, empty, on a port of its own, that forgets everything when it ends. */
export interface Server {
  readonly url: string;
  readonly end: () => Promise<void>;
}

/** Starts a server; undefined where it is not installed. */
export const startServer = async (kind: 'redis' | 'postgres'): Promise<Server | undefined> => {
  const binary = kind === 'redis' ? inPath('redis-server') : postgresBinary('postgres');
  if (!binary) return undefined;
  const folder = mkdtempSync(join(tmpdir(), `yosegi-${kind}-`));
  const port = await freePort();
  const user = kind === 'postgres' ? plainUser() : {};
  if (user.uid !== undefined) chownSync(folder, user.uid, user.gid!);
  if (kind === 'postgres') {
    const init = ['--pgdata', folder, '--auth', 'trust', '--username', 'postgres', '--no-sync', '--no-locale'];
    execFileSync(postgresBinary('initdb')!, init, { stdio: 'ignore', ...user });
  }
  const args =
    kind === 'redis'
      ? ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--save', '', '--appendonly', 'no']
      : [
          '-D',
          folder,
          '-p',
          String(port),
          '-k',
          folder,
          '-h',
          '127.0.0.1',
          ...settings({ fsync: 'off', max_connections: '300' }),
        ];
  const child = spawn(binary, args, { stdio: 'ignore', ...user });
  // Nothing stays where a test ends early.
  process.once('exit', () => child.kill('SIGKILL'));
  const ended = new Promise<void>((done) => void child.once('close', () => done()));
  return {
    url: kind === 'redis' ? `redis://127.0.0.1:${port}` : `postgres://postgres@127.0.0.1:${port}/postgres`,
    async end() {
      // PostgreSQL's fast shutdown: who is connected is let go.
      child.kill('SIGINT');
      await Promise.race([ended, sleep(5000)]);
      child.kill('SIGKILL');
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
};

const settings = (of: Readonly<Record<string, string>>) => Object.entries(of).flatMap((pair) => ['-c', pair.join('=')]);

const inPath = (name: string): string | undefined =>
  (process.env.PATH ?? '')
    .split(delimiter)
    .map((folder) => join(folder, name))
    .find(existsSync);

/** Debian keeps the newest version's programs out of the path. */
function postgresBinary(name: string): string | undefined {
  const debian = '/usr/lib/postgresql';
  const versions = existsSync(debian) ? readdirSync(debian).sort((a, b) => Number(b) - Number(a)) : [];
  return inPath(name) ?? versions.map((v) => join(debian, v, 'bin', name)).find(existsSync);
}

/** PostgreSQL does not run as root: the user that its package makes. */
function plainUser(): { uid?: number; gid?: number } {
  if (process.getuid?.() !== 0) return {};
  const id = (what: string) => Number(execFileSync('id', [what, 'postgres'], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}

const freePort = () =>
  new Promise<number>((done) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => done(typeof address === 'object' && address ? address.port : 0));
    });
  });
