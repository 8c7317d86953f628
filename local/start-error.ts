/** The local cloud can't start, and why; fit to be shown as it is. */
export class StartError extends Error {
  override readonly name = 'StartError';
}
