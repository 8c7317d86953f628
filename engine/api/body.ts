import { createHash } from 'node:crypto';
import {
  RequestEntityTooLargeException,
  RequestTimeoutException,
  SerializationException,
  ThrottlingException,
} from '../errors.ts';

/** Memory for bodies of which nobody knows yet whether a client of ours sent them. */
export class Unvouched {
  #left: number;

  /** @param most bytes, of all requests together */
  constructor(most: number) {
    this.#left = most;
  }

  /** @throws ThrottlingException where so many are not left. */
  take(bytes: number): void {
    if (bytes > this.#left) {
      throw new ThrottlingException(
        'Too many bodies are under way whose signature is not known yet: try again, or sign X-Amz-Content-Sha256.',
      );
    }
    this.#left -= bytes;
  }

  give(bytes: number): void {
    this.#left += bytes;
  }
}

export interface BodyLimits {
  /** Bytes. */
  most: number;
  /** Milliseconds from now on until the last byte. */
  within: number;
  /** Given where the request may be anybody's. */
  unvouched?: Unvouched | undefined;
}

export interface Body {
  bytes: Uint8Array;
  /** SHA-256, hexadecimal. */
  hash: string;
}

/** @throws RequestEntityTooLargeException where a request says itself that its body is too long. */
export function checkLength(contentLength: string | undefined, most: number, more = ''): void {
  if (contentLength !== undefined && Number(contentLength) > most) {
    throw new RequestEntityTooLargeException(
      `Found a body of ${contentLength} bytes, expected at most ${most}${more}.`,
    );
  }
}

/**
 * A request's body, hashed as it comes: a long one keeps nobody else waiting. No more of it is read than is allowed.
 * @throws RequestEntityTooLargeException, RequestTimeoutException, ThrottlingException; SerializationException where it
 * breaks off.
 */
export async function readBody(body: ReadableStream<Uint8Array> | null, limits: BodyLimits): Promise<Body> {
  const { most, within, unvouched } = limits;
  const hash = createHash('sha256');
  const chunks: Uint8Array[] = [];
  let length = 0;
  let taken = 0;
  if (body === null) return { bytes: new Uint8Array(), hash: hash.digest('hex') };
  const reader = body.getReader();
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    // A read that waits ends as if the body did. What canceling itself says no longer matters.
    reader.cancel().catch(() => undefined);
  }, within);
  try {
    for (;;) {
      const { done, value } = await reader.read().catch((cause: unknown) => {
        throw new SerializationException('The connection broke off before the body had come.', { cause });
      });
      if (late) throw new RequestTimeoutException(`The body did not come within ${within / 1000} seconds.`);
      if (done) return { bytes: Buffer.concat(chunks, length), hash: hash.digest('hex') };
      length += value.length;
      if (length > most)
        throw new RequestEntityTooLargeException(`Found a body of more than ${most} bytes, expected at most that.`);
      unvouched?.take(value.length);
      taken += value.length;
      hash.update(value);
      chunks.push(value);
    }
  } finally {
    clearTimeout(timer);
    unvouched?.give(taken);
  }
}
