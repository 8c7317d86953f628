import type { Logger } from './deps.ts';

/** JSON lines: one object a line, to `write`. */
export function jsonLogger(write: (line: string) => void, now: () => Date = () => new Date()): Logger {
  const log =
    (level: string) =>
    (message: string, fields: object = {}) =>
      write(`${JSON.stringify({ level, timestamp: now().toISOString(), message, service: 'engine', ...fields })}\n`);
  return { info: log('INFO'), warn: log('WARN'), error: log('ERROR') };
}
