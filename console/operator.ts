import type { S3Client } from '@aws-sdk/client-s3';
import type { SFNClient } from '@aws-sdk/client-sfn';
import type { VoiceIDClient } from '@aws-sdk/client-voice-id';
import type { Buckets } from '../clients/erase/find-objects.ts';

/** Whom the pages act for: an operator's own clients, and what they are pointed at. */
export interface Operator {
  voiceId: VoiceIDClient;
  s3: S3Client;
  stepFunctions: SFNClient;
  /** Where it all is, in the pages' head: `local cloud`, or a region. */
  place: string;
  /** The domain that the pages are about. @throws CommandError where it can't be told. */
  domainId(): Promise<string>;
  /** @throws CommandError where it is not known: on AWS it is a setting. */
  stateMachineArn(): string;
  /** @throws CommandError where one is not known: on AWS they are settings. */
  buckets(): Buckets;
  now(): Date;
}

/** The domain that the pages are about; undefined where it can't be told. */
export const ownDomain = ({ domainId }: Operator) => domainId().catch(() => undefined);
