/**
 * A path as it must be typed: quoted where a shell would take it apart (spaces, quotes, brackets, `$`), so that a command we print
 * works when it is pasted. POSIX shells get single quotes, Windows double ones (cmd and PowerShell take them; names there cannot
 * hold any). Our own because the libraries for this escape what programs run, in one shell that they must know.
 */
export function shellPath(path: string, platform: NodeJS.Platform = process.platform): string {
  // A name that begins with a dash would be taken for an option.
  const named = path.startsWith('-') ? `./${path}` : path;
  if (platform === 'win32') {
    if (/^[\w.:\\/+@-]+$/.test(named)) return named;
    // A backslash before the closing quote would escape it.
    return `"${named.replace(/\\+$/, '$&$&')}"`;
  }
  if (/^[\w.:/+@%,=-]+$/.test(named)) return named;
  // Line breaks and terminal escapes are spelt out: they must neither break the line nor steer the terminal.
  if (steering.test(named)) {
    const spelt = named
      .replace(/[\\']/g, '\\$&')
      .replace(new RegExp(steering, 'gu'), (c) =>
        [...Buffer.from(c)].map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join(''),
      );
    return `$'${spelt}'`;
  }
  return `'${named.replaceAll("'", `'\\''`)}'`;
}

const steering = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;
