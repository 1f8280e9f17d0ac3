/** What systems, network disks and programs leave in folders, in lower case. Hidden names (with a dot) are left out anyway. */
const names: ReadonlySet<string> = new Set([
  // Windows
  ...['thumbs.db', 'ehthumbs.db', 'ehthumbs_vista.db', 'desktop.ini', '$recycle.bin'],
  ...['system volume information', 'config.msi', 'picasa.ini'],
  // macOS
  ...['__macosx', 'icon\r', 'network trash folder', 'temporary items', 'thevolumesettingsfolder'],
  // Linux and Android disks
  ...['lost+found', 'lost.dir'],
  // Synology, QNAP, NetApp
  ...['@eadir', '@tmp', '@syno_resource', '@synoeastream', '#recycle', '#snapshot', '@recycle', '@recently-snapshot'],
  ...['@__thumb', '~snapshot'],
  // Python and Node
  ...['__pycache__', 'node_modules'],
]);

/** Names with parts that vary: what chkdsk rescues, Synology's streams of a file, files that Office has open. */
const patterns = [/^found\.\d{3}$/, /@syno(eastream|resource)$/, /^~\$/];

/** As Windows XP writes its bins; in lower case they may be classes of a plant that sorts waste. */
const exact: ReadonlySet<string> = new Set(['RECYCLER', 'RECYCLED']);

/** Whether an entry of a folder was made by a system, a network disk or a program, and is nobody's picture or class. */
export function leftByOthers(name: string): boolean {
  const lower = name.toLowerCase();
  return names.has(lower) || exact.has(name) || patterns.some((pattern) => pattern.test(lower));
}
