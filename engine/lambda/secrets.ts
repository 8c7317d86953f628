import { GetSecretValueCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import * as z from 'zod';
import { SettingsError } from '../errors.ts';

const accessKeySchema = z.object({ accessKeyId: z.string().min(1), secretAccessKey: z.string().min(1) });
type Stage = 'AWSCURRENT' | 'AWSPREVIOUS';

async function secret(arn: string, stage: Stage, client: SecretsManagerClient): Promise<string | undefined> {
  try {
    const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId: arn, VersionStage: stage }));
    return SecretString;
  } catch (error) {
    // A secret that was never rotated has no previous version.
    if (stage === 'AWSPREVIOUS' && error instanceof Error && error.name === 'ResourceNotFoundException')
      return undefined;
    throw error;
  }
}

function accessKey(text: string, arn: string): string {
  try {
    const { accessKeyId, secretAccessKey } = accessKeySchema.parse(JSON.parse(text));
    return `${accessKeyId}:${secretAccessKey}`;
  } catch (cause) {
    throw new SettingsError(`The secret ${arn} is not {"accessKeyId": "…", "secretAccessKey": "…"}.`, { cause });
  }
}

/**
 * The engine's settings that are secrets, named as `engine/settings.ts` reads them. Of the access key the previous
 * version counts, too: a rotation refuses nobody who still signs with it.
 * @throws SettingsError
 */
export async function readSecrets(
  arns: { CREDENTIALS_SECRET_ARN: string; ENCRYPTION_KEY_SECRET_ARN: string },
  client: SecretsManagerClient,
): Promise<{ VIVAVOCE_CREDENTIALS: string; VIVAVOCE_ENCRYPTION_KEY: string }> {
  const { CREDENTIALS_SECRET_ARN: credentials, ENCRYPTION_KEY_SECRET_ARN: encryptionKey } = arns;
  const [current, previous, key] = await Promise.all([
    secret(credentials, 'AWSCURRENT', client),
    secret(credentials, 'AWSPREVIOUS', client),
    secret(encryptionKey, 'AWSCURRENT', client),
  ]);
  const keys = [current ?? '', ...(previous === undefined ? [] : [previous])].map((text) =>
    accessKey(text, credentials),
  );
  return { VIVAVOCE_CREDENTIALS: [...new Set(keys)].join(','), VIVAVOCE_ENCRYPTION_KEY: (key ?? '').trim() };
}
