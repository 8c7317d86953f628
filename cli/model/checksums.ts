import { join } from 'node:path';
import { z } from 'zod';
import { readJson, writeFileDurably } from '../../local/files.ts';

const schema = z.record(z.string(), z.string());
const fileOf = (dataDir: string) => join(dataDir, 'model-checksums.json');

/** SHA-256 of files by their address, as first downloaded: what no published source states is at least held to that. */
export function knownChecksum(dataDir: string, url: string): string | undefined {
  return schema.parse(readJson(fileOf(dataDir)) ?? {})[url];
}

export function recordChecksum(dataDir: string, url: string, sha256: string): void {
  const known = schema.parse(readJson(fileOf(dataDir)) ?? {});
  writeFileDurably(fileOf(dataDir), `${JSON.stringify({ ...known, [url]: sha256 }, null, 2)}\n`);
}
