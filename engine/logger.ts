/** One line of structured log. Never given a member that the service model marks sensitive. */
export interface Logger {
  info(message: string, fields?: object): void;
  warn(message: string, fields?: object): void;
  error(message: string, fields?: object): void;
}

/** JSON lines: one object a line, to `write`. */
export function jsonLogger(write: (line: string) => void, now: () => Date = () => new Date()): Logger {
  const log =
    (level: string) =>
    (message: string, fields: object = {}) =>
      write(`${JSON.stringify({ level, timestamp: now().toISOString(), message, service: 'engine', ...fields })}\n`);
  return { info: log('INFO'), warn: log('WARN'), error: log('ERROR') };
}
