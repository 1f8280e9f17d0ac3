/** Numbers as text, for the terminal. */

const units: readonly (readonly [number, string])[] = [
  [1e12, 'T'],
  [1e9, 'G'],
  [1e6, 'M'],
  [1e3, 'k'],
];

/** A count with three significant digits: 53_038_830 → '53.0 M'. */
export function short(n: number): string {
  const [factor, unit] = units.find(([f]) => Math.abs(n) >= f * 0.9995) ?? [1, ''];
  const value = n / factor;
  const text = digits(value);
  return unit ? `${text} ${unit}` : text;
}

/** Three significant digits, without an exponent for what people read. */
export function digits(n: number): string {
  if (n === 0 || !Number.isFinite(n)) return String(n);
  const size = Math.floor(Math.log10(Math.abs(Number(n.toPrecision(3)))) + 1e-9);
  if (Number.isInteger(n) && size < 3) return String(n);
  return n.toFixed(Math.max(0, 2 - size));
}

/** Bytes with binary units: 12.5 MiB. */
export function bytesText(n: number): string {
  if (n < 1024) return `${n} B`;
  if (n < 2 ** 20) return `${digits(n / 1024)} KiB`;
  return n < 2 ** 30 ? `${digits(n / 2 ** 20)} MiB` : `${digits(n / 2 ** 30)} GiB`;
}

/** Seconds as people say them. */
export function duration(seconds: number): string {
  if (seconds < 120) return `${digits(seconds)} s`;
  if (seconds < 7200) return `${digits(seconds / 60)} min`;
  return seconds < 172_800 ? `${digits(seconds / 3600)} h` : `${digits(seconds / 86_400)} days`;
}

/** A bar of `share` (0 … 1) in eighths of a character, `width` characters at most. */
export function bar(share: number, width: number): string {
  const eighths = Math.round(Math.max(0, Math.min(1, share)) * width * 8);
  const rest = eighths % 8;
  return '█'.repeat(Math.floor(eighths / 8)) + (rest ? ' ▏▎▍▌▋▊▉'[rest] : '');
}
