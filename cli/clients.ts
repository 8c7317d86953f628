import { S3Client } from '@aws-sdk/client-s3';
import { SFNClient } from '@aws-sdk/client-sfn';
import { ListDomainsCommand, VoiceIDClient } from '@aws-sdk/client-voice-id';
import { parseAccessKeys } from '../engine/settings.ts';
import { DOMAIN, stateMachineArn } from '../local/account.ts';
import { CommandError } from './errors.ts';
import { clientOptions } from './options.ts';

type Values = Parameters<typeof clientOptions>[0];

/** The engine knows its own access key, `VIVAVOCE_CREDENTIALS`: on AWS it is another than the one for S3 and the rest. */
export function voiceIdClient(values: Values): VoiceIDClient {
  const [key] = parseAccessKeys(process.env.VIVAVOCE_CREDENTIALS ?? '') ?? [];
  return new VoiceIDClient({ ...clientOptions(values), ...(key !== undefined && { credentials: key }) });
}
export const s3Client = (values: Values) => new S3Client({ ...clientOptions(values), forcePathStyle: true });
export const stepFunctionsClient = (values: Values) => new SFNClient(clientOptions(values));

/** The domain asked for; else the one named `vivavoce`, or the only one. */
export async function domainId(voiceId: VoiceIDClient, given: string | undefined): Promise<string> {
  if (given !== undefined) return given;
  const { DomainSummaries = [] } = await voiceId.send(new ListDomainsCommand({}));
  const [only, ...others] = DomainSummaries;
  const found = DomainSummaries.find(({ Name }) => Name === DOMAIN) ?? (others.length === 0 ? only : undefined);
  if (found?.DomainId === undefined) {
    throw new CommandError(`Found ${DomainSummaries.length} domains, none named ${DOMAIN}: name one with --domain-id.`);
  }
  return found.DomainId;
}

export const machineArn = () => process.env.STATE_MACHINE_ARN ?? stateMachineArn;
