/**
 * For clients of services that answer at once, milliseconds: a connection on which nothing comes any more is asked again
 * on another one. Without it the clients wait for as long as the operating system does, a quarter of an hour or for ever,
 * and what waits for them with it.
 */
export const PATIENCE = { connectionTimeout: 3_000, socketTimeout: 5_000 };
