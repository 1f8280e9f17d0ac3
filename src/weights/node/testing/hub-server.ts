import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A repository of the hub as it is at one commit. */
export interface Repository {
  commit: string;
  /** Branches and tags at that commit, besides the commit itself. */
  readonly branches: readonly string[];
  readonly files: Record<string, Uint8Array>;
  /** The file that is stored as a large one, with a SHA-256. */
  readonly large?: string;
}

/** How a request is answered other than well. */
export interface Mishap {
  readonly status?: number;
  readonly body?: string;
  /** The connection breaks behind so many bytes. */
  readonly cutAfter?: number;
  readonly ignoreRange?: boolean;
  /** No answer at all. */
  readonly silent?: boolean;
  /** Sends this in place of the file. */
  readonly content?: Uint8Array;
  /** Changes what paths-info and model info say. */
  readonly edit?: (json: unknown) => unknown;
}

export interface HubServer {
  readonly url: string;
  readonly repositories: Map<string, Repository>;
  /** Every request: method, path, range. */
  readonly log: string[];
  /** The authorization that came with each. */
  readonly tokens: (string | undefined)[];
  /** Asked for each request; undefined is a good answer. */
  mishap: (request: string) => Mishap | undefined;
  close(): Promise<void>;
}

const hash = (algorithm: string, ...parts: (string | Uint8Array)[]) => {
  const h = createHash(algorithm);
  for (const part of parts) h.update(part);
  return h.digest('hex');
};

/** A local server with the three endpoints of the Hugging Face hub that a download needs; large files are redirected. */
export async function startHub(): Promise<HubServer> {
  const repositories = new Map<string, Repository>();
  const server = createServer((request, response) => {
    const told = `${request.method} ${request.url}${request.headers.range ? ` ${request.headers.range}` : ''}`;
    hub.log.push(told);
    hub.tokens.push(request.headers.authorization);
    const mishap = hub.mishap(told) ?? {};
    if (mishap.silent) return;
    if (mishap.status !== undefined) {
      response.writeHead(mishap.status, { 'Content-Type': 'text/plain' }).end(mishap.body ?? 'no');
      return;
    }
    if (mishap.body !== undefined) response.end(mishap.body);
    else answer(repositories, request, response, mishap);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const hub: HubServer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    repositories,
    log: [],
    tokens: [],
    mishap: () => undefined,
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
  return hub;
}

function answer(
  repositories: Map<string, Repository>,
  request: IncomingMessage,
  response: ServerResponse,
  mishap: Mishap,
): void {
  const path = new URL(request.url ?? '', 'http://hub').pathname.split('/').slice(1).map(decodeURIComponent);
  const api = path[0] === 'api';
  const [owner, name, action, revision = '', file = ''] = api
    ? path.slice(2)
    : path[0] === 'cdn'
      ? path.slice(1)
      : path;
  const repository = repositories.get(`${owner}/${name}`);
  // The hub does not tell strangers what exists.
  if (!repository) {
    response.writeHead(401).end('Invalid username or password.');
    return;
  }
  if (revision !== repository.commit && !repository.branches.includes(revision)) {
    response.writeHead(404).end('Revision Not Found');
    return;
  }
  const json = (value: unknown) => {
    response.setHeader('Content-Type', 'application/json');
    response.end(JSON.stringify(mishap.edit ? mishap.edit(value) : value));
  };
  if (api && action === 'revision') {
    json({ _id: '1', id: `${owner}/${name}`, sha: repository.commit, likes: 0 });
    return;
  }
  if (api && action === 'paths-info' && request.method === 'POST') {
    let body = '';
    request.on('data', (piece) => {
      body += piece;
    });
    request.on('end', () => json(describe(repository, JSON.parse(body).paths)));
    return;
  }
  const content = mishap.content ?? repository.files[file];
  if (action !== 'resolve' || !content) {
    response.writeHead(404).end('Entry not found');
    return;
  }
  if (path[0] !== 'cdn' && file === repository.large) {
    response.writeHead(302, { Location: `/cdn/${owner}/${name}/resolve/${revision}/${file}` }).end();
    return;
  }
  send(content, request, response, mishap);
}

function describe({ files, large }: Repository, paths: string[]): unknown[] {
  return paths.flatMap((path) => {
    const content = files[path];
    if (!content) return [];
    const oid = hash('sha1', `blob ${content.length}\0`, content);
    const lfs = path === large && { lfs: { oid: hash('sha256', content), size: content.length, pointerSize: 130 } };
    return [{ type: 'file', path, size: content.length, oid, ...lfs }];
  });
}

function send(content: Uint8Array, request: IncomingMessage, response: ServerResponse, mishap: Mishap): void {
  const range = mishap.ignoreRange ? undefined : /^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1];
  const start = Number(range ?? 0);
  const body = content.subarray(start);
  response.writeHead(range === undefined ? 200 : 206, {
    'Content-Length': body.length,
    ...(range !== undefined && { 'Content-Range': `bytes ${start}-${content.length - 1}/${content.length}` }),
  });
  const { cutAfter } = mishap;
  if (cutAfter === undefined) response.end(body);
  else response.write(body.subarray(0, cutAfter), () => response.destroy());
}
