import { createWriteStream } from 'node:fs';
import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { CommandError } from '../../clients/errors.ts';
import { sha256OfFile } from '../../engine/voiceprint/model.ts';

export interface DownloadDeps {
  fetch: typeof fetch;
  /** Bytes so far, and in all where that is known. */
  progress?: (done: number, all: number | undefined) => void;
}

/**
 * Fetches a file whole. What was broken off before is kept beside it as `.part`, and goes on from there.
 * @param sha256 what it must be, hexadecimal; undefined: anything.
 * @returns its SHA-256.
 * @throws CommandError where it can't be had (with what to do by hand) or is another file than expected.
 */
export async function download(
  { url, file, sha256 }: { url: string; file: string; sha256?: string | undefined },
  deps: DownloadDeps,
): Promise<string> {
  const part = `${file}.part`;
  await mkdir(dirname(file), { recursive: true });
  const had = (await stat(part).catch(() => undefined))?.size ?? 0;
  const byHand = `Download ${url} where there is a network, and install the file: npm run model -- --from FILE`;
  let response: Response;
  try {
    response = await deps.fetch(url, had > 0 ? { headers: { range: `bytes=${had}-` } } : {});
  } catch (cause) {
    throw new CommandError(`${new URL(url).host} can't be reached. ${byHand}`, { cause });
  }
  // 416: there is nothing after what we have, so it was whole already.
  if (response.status !== 416) {
    if (!response.ok || response.body === null) {
      throw new CommandError(`${url} answered ${response.status}, expected the file. ${byHand}`);
    }
    // A server that knows no ranges answers 200 and sends everything again.
    const resumed = response.status === 206;
    let done = resumed ? had : 0;
    const rest = Number(response.headers.get('content-length') ?? Number.NaN);
    const all = Number.isFinite(rest) ? done + rest : undefined;
    const counted = async function* (chunks: AsyncIterable<Uint8Array>) {
      for await (const chunk of chunks) {
        done += chunk.length;
        deps.progress?.(done, all);
        yield chunk;
      }
    };
    try {
      await pipeline(Readable.fromWeb(response.body), counted, createWriteStream(part, { flags: resumed ? 'a' : 'w' }));
    } catch (cause) {
      throw new CommandError(`The download of ${url} broke off after ${done} bytes. The same command goes on there.`, {
        cause,
      });
    }
  } else {
    await response.body?.cancel();
  }
  const got = await sha256OfFile(part);
  if (sha256 !== undefined && got !== sha256) {
    await rm(part, { force: true });
    throw new CommandError(`${url} has the SHA-256 ${got}, expected ${sha256}. Nothing was installed.`);
  }
  await rename(part, file);
  return got;
}
