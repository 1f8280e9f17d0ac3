import { homedir } from 'node:os';
import { join } from 'node:path';

/** Where programs keep what can be had again: `XDG_CACHE_HOME`, else ~/.cache. */
export const cacheHome = (env: NodeJS.ProcessEnv): string => env.XDG_CACHE_HOME || join(homedir(), '.cache');
