/** One line that is drawn over itself on a terminal, and nothing on a pipe. */
export interface StatusLine {
  show(text: string): void;
  clear(): void;
}

/** A status line on stderr; where that is no terminal it prints a line at most every `seconds`. */
export function statusLine(seconds = 15, out: NodeJS.WriteStream = process.stderr): StatusLine {
  let last = 0;
  let shown = false;
  return {
    show: (text) => {
      const now = performance.now();
      if (out.isTTY) {
        if (now - last < 80) return;
        out.write(`\r\x1b[K${text.slice(0, Math.max(20, (out.columns ?? 100) - 1))}`);
        shown = true;
      } else {
        if (now - last < seconds * 1000) return;
        out.write(`${text}\n`);
      }
      last = now;
    },
    clear: () => {
      if (shown) out.write('\r\x1b[K');
      shown = false;
    },
  };
}

/** Seconds as a person says them: 42 s, 3 min 20 s, 2 h 5 min. */
export function duration(seconds: number): string {
  const s = Math.max(0, Math.round(seconds));
  if (s < 60) return `${s} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min ${s % 60} s`;
  return `${Math.floor(s / 3600)} h ${Math.floor((s % 3600) / 60)} min`;
}
