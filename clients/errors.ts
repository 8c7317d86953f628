/** Wrong words on the command line; shown with a hint to --help, exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** What went wrong and what to do, fit to be shown as it is; exit code 1. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
}
