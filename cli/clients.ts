import { LambdaClient } from '@aws-sdk/client-lambda';
import { S3Client } from '@aws-sdk/client-s3';
import { SFNClient } from '@aws-sdk/client-sfn';
import { ListDomainsCommand, VoiceIDClient } from '@aws-sdk/client-voice-id';
import type { Buckets } from '../clients/erase/find-objects.ts';
import { CommandError, UsageError } from '../clients/errors.ts';
import { DOMAIN, MANIFESTS, RECORDINGS, RESULTS, stateMachineArn } from '../local/account.ts';
import { clientOptions, engineKeys, isLocal, type Target } from './options.ts';

/**
 * On AWS the engine knows another access key than S3 and the rest: `VIVAVOCE_CREDENTIALS`. Of a local cloud it is one for
 * everything, which `clientOptions` has.
 */
export function voiceIdClient(values: Target, more: { maxAttempts?: number } = {}): VoiceIDClient {
  const options = clientOptions(values);
  const [key] = engineKeys(process.env);
  return new VoiceIDClient({ ...options, ...more, ...(!isLocal(values) && key !== undefined && { credentials: key }) });
}
export const s3Client = (values: Target) => new S3Client({ ...clientOptions(values), forcePathStyle: true });
export const lambdaClient = (values: Target) => new LambdaClient(clientOptions(values));
export const stepFunctionsClient = (values: Target) => new SFNClient(clientOptions(values));

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

/** The enrollment state machine: on AWS that of the environment, as `docs/operations.md` sets it. */
export function machineArn(values: Target, env: NodeJS.ProcessEnv = process.env): string {
  if (isLocal(values, env)) return stateMachineArn;
  if (env.STATE_MACHINE_ARN) return env.STATE_MACHINE_ARN;
  throw new CommandError('STATE_MACHINE_ARN is not set: it is the output StateMachineArn of the stack.');
}

/** The stack's buckets: the local cloud's have names of their own. @throws UsageError where one is not named. */
export function bucketsOf(values: Partial<Record<keyof Buckets, string | undefined>> & Target): Buckets {
  const local = isLocal(values);
  const of = (name: keyof Buckets, ours: string): string => {
    const bucket = values[name] ?? (local ? ours : undefined);
    if (bucket === undefined) throw new UsageError(`Found no --${name}, expected the name of the stack's bucket.`);
    return bucket;
  };
  return {
    manifests: of('manifests', MANIFESTS),
    results: of('results', RESULTS),
    recordings: of('recordings', RECORDINGS),
  };
}
