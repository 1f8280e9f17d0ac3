/** `npx tsx examples/browser/serve.ts SITE [PORT]`: serves a folder to this machine, with the headers that allow threads. */
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.json': 'application/json',
  '.wasm': 'application/wasm',
};

/** A server of the folder; port 0 takes any that is free. */
export function servePage(folder: string, port: number): Promise<Server> {
  const server = createServer(async (request, response) => {
    response.setHeader('Cross-Origin-Opener-Policy', 'same-origin');
    response.setHeader('Cross-Origin-Embedder-Policy', 'require-corp');
    try {
      // An absolute path, normalised, has no dots that lead out of the folder.
      const path = normalize(decodeURIComponent(new URL(request.url!, 'http://localhost').pathname));
      const file = join(folder, path.endsWith('/') ? `${path}index.html` : path);
      const bytes = await readFile(file);
      const type = types[extname(file)] ?? 'application/octet-stream';
      response.writeHead(200, { 'Content-Type': type, 'Content-Length': bytes.length }).end(bytes);
    } catch {
      response.writeHead(404, { 'Content-Type': 'text/plain' }).end('there is no such file');
    }
  });
  return new Promise((resolve, reject) => {
    server.on('error', reject);
    server.listen(port, '127.0.0.1', () => resolve(server));
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [site, port = '8000'] = process.argv.slice(2);
  if (!site) throw new Error('give the folder that an example’s build.ts wrote');
  const server = await servePage(site, Number(port));
  console.log(`http://localhost:${(server.address() as AddressInfo).port}/ (Ctrl-C ends it)`);
}
