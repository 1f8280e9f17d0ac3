/** How much of an untrusted file is accepted before reading stops with an error. */
export interface Limits {
  /** Bytes of the file. Protocol buffers end at 2 GiB whatever is given here. */
  readonly maxBytes: number;
  /** Messages inside messages; one subgraph inside another takes three levels. */
  readonly maxDepth: number;
  /** Messages in all (nodes, attributes, tensors, …): what bounds the memory a tiny file of empty messages can take. */
  readonly maxMessages: number;
  /** Strings and numbers in lists in all (not those in tensors, which take no more room than the file itself). */
  readonly maxItems: number;
}

/** The largest protocol buffer: lengths are signed 32-bit numbers in every other implementation. */
export const PROTOBUF_MAX_BYTES = 2 ** 31 - 1;

export const defaultLimits: Limits = {
  maxBytes: PROTOBUF_MAX_BYTES,
  maxDepth: 100,
  maxMessages: 2_000_000,
  maxItems: 4_000_000,
};
