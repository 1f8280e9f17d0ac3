import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { messageOf } from '../../../base/errors.ts';
import { atomicWrite } from '../../../base/node/atomic.ts';
import { cacheHome } from '../../../base/node/cache-home.ts';
import { readJson } from '../../../base/node/read-json.ts';
import { sha256 } from '../../../base/node/sha256.ts';
import type { KeptTimes } from '../table.ts';

/** What times hang on: another one of these is another file, so that what has changed is measured again. */
export interface Device {
  readonly cpu: string;
  readonly cores: number;
  readonly os: string;
  /** Name and version. */
  readonly runtime: string;
  /** Version that writes the parts down as they are timed. */
  readonly yosegi: string;
  /** Threads that a part runs with. */
  readonly threads: number;
}

const deviceSchema = z.object({
  cpu: z.string(),
  cores: z.int(),
  os: z.string(),
  runtime: z.string(),
  yosegi: z.string(),
  threads: z.int(),
});
const keptSchema = z.object({
  format: z.literal(1),
  kind: z.literal('yosegi-block-times'),
  device: deviceSchema,
  /** Milliseconds by checksum of the part. */
  ms: z.record(z.string(), z.number()),
});

export interface KeptOptions {
  readonly device: Device;
  /** Default: {@link cacheFolder}. */
  readonly folder?: string;
  /** Hears that nothing can be kept, once. */
  readonly onNotice?: (message: string) => void;
}

/** Where yosegi keeps what it has measured: `YOSEGI_CACHE`, else `XDG_CACHE_HOME`/yosegi, else ~/.cache/yosegi. */
export const cacheFolder = (env: NodeJS.ProcessEnv = process.env): string =>
  env.YOSEGI_CACHE || join(cacheHome(env), 'yosegi');

/** How often one looks again whether what was written stands there: another process may have written at the same moment. */
const LOOKS = 5;

/**
 * The times of parts of networks that were measured on a device, in one file of the cache. Several processes may read and write it at
 * once: each writes the whole file anew with what the others have, and looks whether its own is there afterwards. A file that cannot be
 * read is measured again, and one that cannot be written keeps nothing; neither stops a search.
 */
export async function keptTimes(options: KeptOptions): Promise<KeptTimes & { readonly file: string }> {
  const { device, folder = cacheFolder(), onNotice = () => {} } = options;
  const file = join(folder, 'blocks', `${sha256(JSON.stringify(deviceSchema.parse(device))).slice(0, 16)}.json`);
  const stored = async (): Promise<Record<string, number>> =>
    (await readJson(file, keptSchema, 'It is written anew').catch(() => undefined))?.ms ?? {};
  const known = new Map(Object.entries(await stored()));
  let told = false;
  return {
    file,
    get: (key) => known.get(sha256(key)),
    async add(measured) {
      for (const [key, ms] of measured) known.set(sha256(key), ms);
      try {
        await mkdir(dirname(file), { recursive: true });
        for (let look = 0; look < LOOKS; look++) {
          const there = await stored();
          if ([...known.keys()].every((key) => there[key] !== undefined)) return;
          // What another has measured meanwhile stays as it is there.
          const ms = { ...Object.fromEntries(known), ...there };
          const all = { format: 1, kind: 'yosegi-block-times', device, ms } satisfies z.input<typeof keptSchema>;
          await atomicWrite(file, `${JSON.stringify(all, null, 1)}\n`);
        }
      } catch (error) {
        if (!told) onNotice(`times of blocks are not kept: ${messageOf(error)}`);
        told = true;
      }
    },
  };
}
