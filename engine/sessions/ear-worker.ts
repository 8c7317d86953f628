import type { Piece } from './ear.ts';
import { loadHearing } from './hearing.ts';
import { type Hearing, hear, type Line } from './line.ts';

export interface HearTask extends Piece {
  modelDirectory?: string | undefined;
}

let loaded: Promise<Hearing> | undefined;

/** A piece of a call, on a thread that does nothing else. */
export default async function work({ modelDirectory, line, chunk, now, last }: HearTask): Promise<Line> {
  loaded ??= loadHearing(modelDirectory);
  return hear(line, chunk, now, last, await loaded);
}
