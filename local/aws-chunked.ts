import { Transform, type TransformCallback } from 'node:stream';
import { crc32 } from 'node:zlib';

/** What a body in chunks is refused with, as S3 says it. */
export class ChunkedBodyError extends Error {
  override readonly name = 'ChunkedBodyError';
  readonly status = 400;
  readonly detail = {};
  readonly code: 'IncompleteBody' | 'BadDigest';

  constructor(code: ChunkedBodyError['code'], message: string) {
    super(message);
    this.code = code;
  }
}

const CRLF = Buffer.from('\r\n');
/** Of a chunk's size, or of a trailer: more is none. */
const LONGEST_LINE = 8192;

/**
 * A body that a client streams without knowing its checksum in advance: `SIZE\r\n…\r\n` for each chunk, sizes in
 * hexadecimal, `0\r\n` at the end, then trailers, of which `x-amz-checksum-crc32` is verified
 * (https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html, without signatures).
 */
export class AwsChunkedDecoder extends Transform {
  #line = Buffer.alloc(0);
  #state: 'size' | 'data' | 'after' | 'trailer' | 'end' = 'size';
  #left = 0;
  #crc = 0;
  #length = 0;
  readonly #expected: number;

  /** @param expected bytes of the body itself, `x-amz-decoded-content-length` */
  constructor(expected: number) {
    super();
    this.#expected = expected;
  }

  /** The line that ends in `bytes` from `at` on, and where it does; undefined while it has not ended. */
  #lineOf(bytes: Buffer, at: number): { line: string; next: number } | undefined {
    const all = Buffer.concat([this.#line, bytes.subarray(at)]);
    const end = all.indexOf(CRLF);
    if (end === -1) {
      if (all.length > LONGEST_LINE) throw new ChunkedBodyError('IncompleteBody', 'A chunk of the body has no size.');
      this.#line = all;
      return undefined;
    }
    const next = at + end + CRLF.length - this.#line.length;
    this.#line = Buffer.alloc(0);
    return { line: all.toString('latin1', 0, end), next };
  }

  #endOfLine(line: string): void {
    switch (this.#state) {
      case 'size':
        if (!/^[0-9a-f]{1,8}$/i.test(line)) {
          throw new ChunkedBodyError('IncompleteBody', 'A chunk of the body has no size.');
        }
        this.#left = Number.parseInt(line, 16);
        this.#state = this.#left === 0 ? 'trailer' : 'data';
        break;
      case 'after':
        if (line !== '') throw new ChunkedBodyError('IncompleteBody', 'A chunk of the body is longer than its size.');
        this.#state = 'size';
        break;
      case 'trailer': {
        if (line === '') this.#state = 'end';
        const [name = '', value] = line.split(':');
        if (name.trim().toLowerCase() !== 'x-amz-checksum-crc32') break;
        const own = Buffer.alloc(4);
        own.writeUInt32BE(this.#crc);
        if (value?.trim() !== own.toString('base64')) {
          throw new ChunkedBodyError('BadDigest', 'The CRC32 you specified did not match what was received.');
        }
      }
    }
  }

  override _transform(bytes: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    try {
      for (let at = 0; at < bytes.length && this.#state !== 'end'; ) {
        if (this.#state === 'data') {
          const data = bytes.subarray(at, at + this.#left);
          this.push(data);
          this.#crc = crc32(data, this.#crc);
          this.#length += data.length;
          this.#left -= data.length;
          at += data.length;
          if (this.#left === 0) this.#state = 'after';
          continue;
        }
        const found = this.#lineOf(bytes, at);
        if (found === undefined) break;
        at = found.next;
        this.#endOfLine(found.line);
      }
      done();
    } catch (error) {
      done(error instanceof Error ? error : new Error(String(error)));
    }
  }

  override _flush(done: TransformCallback): void {
    const isWhole = (this.#state === 'end' || this.#state === 'trailer') && this.#length === this.#expected;
    done(isWhole ? null : new ChunkedBodyError('IncompleteBody', 'The request body terminated unexpectedly.'));
  }
}
