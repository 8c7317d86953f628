import type { VoiceIDClient } from '@aws-sdk/client-voice-id';
import { z } from 'zod';
import { CommandError } from './errors.ts';
import { signedFetch } from './signed-fetch.ts';

const originOf = ({ protocol, hostname, port }: { protocol: string; hostname: string; port?: number | undefined }) =>
  `${protocol}//${hostname}${port === undefined ? '' : `:${port}`}`;

/** The engine can't answer now; it may in a moment. */
export class EngineBusyError extends CommandError {}

const refusalSchema = z.object({
  Message: z.string(),
  __type: z.string().optional(),
  ConflictType: z.string().optional(),
});

/**
 * What the engine answers at a path of its own, where the Voice ID API has no operation.
 * @param client whose endpoint, region and access key are used.
 * @param audio is posted; without it the path is only read.
 * @throws CommandError where the engine refuses, or is none of ours; EngineBusyError where another try may be taken;
 *   TypeError where nobody answers.
 */
export async function askEngine(
  client: VoiceIDClient,
  path: string,
  query: Record<string, string> = {},
  audio?: { body: Uint8Array; contentType: string },
): Promise<unknown> {
  // As the client itself has it: an endpoint that is given wins over the environment's.
  const given = await client.config.endpoint?.();
  const origin = given === undefined ? process.env.AWS_ENDPOINT_URL_VOICE_ID : originOf(given);
  if (!origin) {
    throw new CommandError('Found no endpoint of the engine: name it with AWS_ENDPOINT_URL_VOICE_ID.');
  }
  const [region, credentials] = await Promise.all([client.config.region(), client.config.credentials()]);
  const response = await signedFetch(
    { origin: new URL(origin).origin, region, credentials },
    { method: audio === undefined ? 'GET' : 'POST', path, query, ...audio },
  );
  const text = await response.text();
  let answer: unknown;
  try {
    answer = JSON.parse(text);
  } catch (cause) {
    throw new CommandError(`${origin} answered ${path} with ${response.status} and no JSON: is it a Vivavoce engine?`, {
      cause,
    });
  }
  if (response.ok) return answer;
  const refusal = refusalSchema.safeParse(answer);
  const said = refusal.success
    ? refusal.data.Message
    : `${origin} answered ${path} with ${response.status}: is it a Vivavoce engine?`;
  const busy = refusal.data?.__type === 'ThrottlingException' || refusal.data?.ConflictType === 'CONCURRENT_CHANGES';
  throw busy || response.status >= 500 ? new EngineBusyError(said) : new CommandError(said);
}
