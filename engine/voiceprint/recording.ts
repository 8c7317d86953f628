/** A recording to listen to: its file, or the beginning of it and a way to read on. */
export interface Recording {
  /** For messages. */
  uri: string;
  /** The file, or its beginning. */
  bytes: Uint8Array;
  channelId: number;
  /** Bytes of the whole file; without it, `bytes` is the whole. */
  size?: number;
  /** The file's bytes from `from` up to, not including, `to`; called where `bytes` is not the whole file. */
  read?: (from: number, to: number) => Promise<Uint8Array>;
}
