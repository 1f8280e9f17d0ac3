import { readFileSync, writeFileSync } from 'node:fs';
import type { Message } from './protocol.ts';

const MIB = 2 ** 20;

/** The request `memory` of bench/peers/peer.py: peak and present memory of this process in MiB; `reset` lets the peak start again (Linux). */
export async function memory(request: Message): Promise<Message> {
  const answer = { peak_rss_mb: peakMiB(), rss_mb: process.memoryUsage.rss() / MIB };
  if (request.reset) writeFileSync('/proc/self/clear_refs', '5');
  return answer;
}

function peakMiB(): number {
  if (process.platform !== 'linux') return process.resourceUsage().maxRSS / 1024;
  return Number(/VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))![1]) / 1024;
}
