import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import {
  CreateDomainCommand,
  DeleteDomainCommand,
  DescribeFraudsterRegistrationJobCommand,
  DescribeSpeakerEnrollmentJobCommand,
  EvaluateSessionCommand,
  StartFraudsterRegistrationJobCommand,
  StartSpeakerEnrollmentJobCommand,
  VoiceIDClient,
} from '@aws-sdk/client-voice-id';
import { z } from 'zod';
import { signedFetch } from '../../clients/signed-fetch.ts';
import { REGION, ROLE_ARN } from '../../local/account.ts';
import { type Cloud, startCloud } from '../../local/cloud.ts';
import type { Person } from './people.ts';

export interface Verdict {
  /** Undefined where the call holds too little speech. */
  score: number | undefined;
  /** Against the whole watchlist. */
  risk: number | undefined;
}

/** A domain with people enrolled in it, who are also on its watchlist. */
export interface EnrolledDomain {
  /** People who were not enrolled, with the reason that their row gives. */
  refused: Map<string, string>;
  /** A call held against the voiceprints of some. */
  judge(session: string, call: Uint8Array, claimed: readonly string[]): Promise<Verdict[]>;
}

const outputSchema = z.object({ Errors: z.array(z.object({ RequestId: z.string(), ErrorMessage: z.string() })) });

const pause = () => new Promise((resolve) => setTimeout(resolve, 200));

/** A local cloud for the length of `work`. @param model a model's directory; undefined: the starter. */
export async function withEngine<T>(
  model: string | undefined,
  work: (
    enrolled: (people: readonly Person[], work: (domain: EnrolledDomain) => Promise<void>) => Promise<void>,
  ) => Promise<T>,
): Promise<T> {
  const dataDir = await mkdtemp(join(tmpdir(), 'vivavoce-verdicts-'));
  let cloud: Cloud | undefined;
  try {
    if (model !== undefined) await cp(model, join(dataDir, 'model'), { recursive: true });
    const started = await startCloud({ host: '127.0.0.1', port: 0, dataDir, env: { POWERTOOLS_LOG_LEVEL: 'SILENT' } });
    cloud = started;
    let domains = 0;
    return await work((people, inDomain) => withDomain(`domain-${domains++}`, people, started, inDomain));
  } finally {
    await cloud?.stop();
    await rm(dataDir, { recursive: true, force: true });
  }
}

async function withDomain(
  Name: string,
  people: readonly Person[],
  cloud: Cloud,
  work: (domain: EnrolledDomain) => Promise<void>,
): Promise<void> {
  const options = { region: REGION, endpoint: cloud.origin, credentials: cloud.accessKey };
  const s3 = new S3Client({ ...options, forcePathStyle: true });
  const voiceId = new VoiceIDClient(options);
  const { Domain } = await voiceId.send(
    new CreateDomainCommand({ Name, ServerSideEncryptionConfiguration: { KmsKeyId: 'alias/bench' } }),
  );
  const DomainId = Domain?.DomainId ?? '';

  const requests = [];
  for (const { name, enrollment } of people) {
    const AudioSpecifications = [];
    for (const [i, Body] of enrollment.entries()) {
      const Key = `${Name}/${name}/${i}.wav`;
      await s3.send(new PutObjectCommand({ Bucket: 'vivavoce-recordings', Key, Body }));
      AudioSpecifications.push({ S3Uri: `s3://vivavoce-recordings/${Key}`, ChannelId: 0 });
    }
    requests.push({ RequestId: name, AudioSpecifications });
  }
  const job = async (kind: string, manifest: object) => {
    // Under another ending than .json: the workflow leaves it alone.
    const Key = `${Name}-${kind}.manifest`;
    const Body = JSON.stringify({ Version: '1.0', ...manifest });
    await s3.send(new PutObjectCommand({ Bucket: 'vivavoce-manifests', Key, Body }));
    return {
      DomainId,
      DataAccessRoleArn: ROLE_ARN,
      InputDataConfig: { S3Uri: `s3://vivavoce-manifests/${Key}` },
      OutputDataConfig: { S3Uri: 's3://vivavoce-results/bench' },
    };
  };
  const speakers = requests.map((request) => ({ ...request, SpeakerId: request.RequestId }));
  const enrollment = await job('enrollment', { SpeakerEnrollmentRequests: speakers });
  const { JobId } = (await voiceId.send(new StartSpeakerEnrollmentJobCommand(enrollment))).Job ?? {};
  for (;;) {
    const { Job } = await voiceId.send(new DescribeSpeakerEnrollmentJobCommand({ DomainId, JobId }));
    if (Job?.EndedAt !== undefined) break;
    await pause();
  }
  const Key = `bench/${JobId}/${Name}-enrollment.manifest.out`;
  const { Body } = await s3.send(new GetObjectCommand({ Bucket: 'vivavoce-results', Key }));
  const { Errors } = outputSchema.parse(JSON.parse((await Body?.transformToString()) ?? ''));

  const registration = {
    ...(await job('registration', { FraudsterRegistrationRequests: requests })),
    RegistrationConfig: { DuplicateRegistrationAction: 'REGISTER_AS_NEW' as const },
  };
  const registering = (await voiceId.send(new StartFraudsterRegistrationJobCommand(registration))).Job?.JobId;
  for (;;) {
    const describe = new DescribeFraudsterRegistrationJobCommand({ DomainId, JobId: registering });
    if ((await voiceId.send(describe)).Job?.EndedAt !== undefined) break;
    await pause();
  }

  try {
    await work({
      refused: new Map(Errors.map(({ RequestId, ErrorMessage }) => [RequestId, ErrorMessage])),
      async judge(session, call, claimed) {
        const verdicts: Verdict[] = [];
        for (const [i, speakerId] of claimed.entries()) {
          const fed = await signedFetch(
            { origin: cloud.origin, region: REGION, credentials: cloud.accessKey },
            {
              method: 'POST',
              path: `/_sessions/${DomainId}/${session}-${i}/audio`,
              query: { speakerId, end: 'true' },
              body: call,
            },
          );
          if (!fed.ok) throw new Error(`The engine refused the audio: ${await fed.text()}`);
          const evaluate = new EvaluateSessionCommand({ DomainId, SessionNameOrId: `${session}-${i}` });
          const { AuthenticationResult, FraudDetectionResult } = await voiceId.send(evaluate);
          verdicts.push({
            score: AuthenticationResult?.Score,
            risk: FraudDetectionResult?.RiskDetails?.KnownFraudsterRisk?.RiskScore,
          });
        }
        return verdicts;
      },
    });
    await voiceId.send(new DeleteDomainCommand({ DomainId }));
  } finally {
    s3.destroy();
    voiceId.destroy();
  }
}
