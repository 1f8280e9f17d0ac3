/** A file from the server, with word of how many bytes are here, and of how many it has (0 where the server does not say). */
export async function fetched(url: URL, on: (done: number, of: number) => void): Promise<Uint8Array> {
  const response = await fetch(url);
  if (!response.ok || !response.body) throw new Error(`the server answers ${response.status} for ${url.href}`);
  const of = Number(response.headers.get('content-length') ?? 0);
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let done = 0;
  for (const reader = response.body.getReader(); ; ) {
    const { value } = await reader.read();
    if (!value) break;
    parts.push(value);
    done += value.length;
    on(done, of);
  }
  return new Uint8Array(await new Blob(parts).arrayBuffer());
}
