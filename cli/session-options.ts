import type { ParseArgsOptionsConfig } from 'node:util';
import { formed, whole } from './options.ts';

/** Options that say how a call is judged. */
export const sessionOptions = {
  'acceptance-threshold': { type: 'string' },
  'risk-threshold': { type: 'string' },
  'watchlist-id': { type: 'string' },
  'net-speech-seconds': { type: 'string' },
} as const satisfies ParseArgsOptionsConfig;

export const SESSION_HELP = `
  --acceptance-threshold 0..100   score from which it is them (90)
  --risk-threshold 0..100         score from which it is a fraudster (20)
  --watchlist-id ID               another watchlist than the domain's default one
  --net-speech-seconds 5..30      speech that the verdict is of (10)`;

/**
 * What is given of them, by the names that the engine's sessions and a flow's blocks have for them.
 * @throws UsageError
 */
export function sessionParameters(values: { [Name in keyof typeof sessionOptions]?: string | undefined }) {
  const within = (name: keyof typeof sessionOptions, min: number, max: number) => {
    const text = values[name];
    return text === undefined ? undefined : String(whole(name, text, min, max));
  };
  const given = {
    acceptanceThreshold: within('acceptance-threshold', 0, 100),
    riskThreshold: within('risk-threshold', 0, 100),
    watchlistId: formed('watchlist-id', values['watchlist-id'], /^[a-zA-Z0-9]{22}$/, '22 letters and digits'),
    netSpeechSeconds: within('net-speech-seconds', 5, 30),
  };
  return Object.fromEntries(
    Object.entries(given).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}
