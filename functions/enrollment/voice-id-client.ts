import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { VoiceIDClient } from '@aws-sdk/client-voice-id';
import * as z from 'zod';
import { CredentialsError } from './errors.ts';

const secretSchema = z.object({ accessKeyId: z.string().min(1), secretAccessKey: z.string().min(1) });

/**
 * Milliseconds. A service that does not answer is an error that heals, in time for the client's three tries to end
 * before the function's own time does.
 */
const PATIENCE = { connectionTimeout: 3_000, requestTimeout: 12_000, throwOnRequestTimeout: true };

/**
 * The Voice ID client, at `AWS_ENDPOINT_URL_VOICE_ID` where that is set. With a secret it signs with the access key in
 * it, read again every five minutes so that a rotated key takes over; without, with the usual AWS credentials.
 */
export function voiceIdClient(secretArn: string | undefined): VoiceIDClient {
  if (secretArn === undefined) return new VoiceIDClient({ requestHandler: PATIENCE });
  const secrets = new SecretsManagerClient({});
  return new VoiceIDClient({
    requestHandler: PATIENCE,
    credentials: async () => {
      const parsed = secretSchema.safeParse(parseJson(await readSecret(secrets, secretArn)));
      if (!parsed.success) {
        throw new CredentialsError(
          'VOICE_ID_CREDENTIALS_SECRET_ARN names a secret that is not {"accessKeyId": "…", "secretAccessKey": "…"}.',
        );
      }
      return { ...parsed.data, expiration: new Date(Date.now() + 300_000) };
    },
  });
}

/** @throws CredentialsError, by which Secrets Manager's AccessDeniedException is told from Voice ID's. */
async function readSecret(secrets: SecretsManagerClient, secretArn: string): Promise<string | undefined> {
  try {
    return (await secrets.send(new GetSecretValueCommand({ SecretId: secretArn }))).SecretString;
  } catch (cause) {
    const why = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
    throw new CredentialsError(`Secrets Manager did not give the access key. ${why}`, { cause });
  }
}

function parseJson(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? '');
  } catch {
    return undefined;
  }
}
