import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import {
  DescribeSpeakerEnrollmentJobCommand,
  StartSpeakerEnrollmentJobCommand,
  VoiceIDClient,
} from '@aws-sdk/client-voice-id';
import { Speakers } from '../engine/store/speakers.ts';
import { createStore, type Store } from '../engine/store/store.ts';
import { Table } from '../engine/store/table.ts';
import { toVoiceprint } from '../engine/store/voiceprints.ts';
import { ROLE_ARN, TABLE } from '../local/account.ts';
import { type Cloud, startCloud } from '../local/cloud.ts';

export interface JobBench {
  cloud: Cloud;
  /** The engine's store of the cloud. */
  store(): Promise<Store>;
  put(key: string, body: Uint8Array): Promise<void>;
  /** Enrolls; seconds from the job's start to its end, as the engine has them. Recording keys by request. */
  enroll(name: string, keys: readonly string[]): Promise<number>;
  /** Speakers `from` to `to`, put into the engine's table as a job would have: nobody is listened to. */
  seed(from: number, to: number): Promise<void>;
}

/** As many numbers as the starter model's. */
const DIMENSION = 456;
const AT_ONCE = 16;

/** A local cloud for the length of `work`. */
export async function withLocalCloud<T>(work: (bench: JobBench) => Promise<T>): Promise<T> {
  const dataDir = await mkdtemp(join(tmpdir(), 'vivavoce-bench-'));
  let cloud: Cloud | undefined;
  try {
    const started = await startCloud({ host: '127.0.0.1', port: 0, dataDir, env: { POWERTOOLS_LOG_LEVEL: 'SILENT' } });
    cloud = started;
    const options = { region: 'us-east-1', endpoint: started.origin, credentials: started.accessKey };
    const s3 = new S3Client({ ...options, forcePathStyle: true });
    const voiceId = new VoiceIDClient(options);
    const database = new DynamoDBClient(options);
    return await work({
      cloud: started,
      async store() {
        const hex = await readFile(join(dataDir, 'engine.key'), 'utf8');
        const encryptionKey = new Uint8Array(Buffer.from(hex, 'hex'));
        return createStore(database, { tableName: TABLE, encryptionKey });
      },
      async seed(from, to) {
        const key = new Uint8Array(Buffer.from(await readFile(join(dataDir, 'engine.key'), 'utf8'), 'hex'));
        const speakers = new Speakers(new Table(database, TABLE, key), key);
        const { domainId } = started;
        let next = from;
        const worker = async () => {
          while (next < to) {
            const customerSpeakerId = `enrolled-${next++}`;
            const generatedSpeakerId = speakers.generatedId(domainId, customerSpeakerId);
            const embedding = Float32Array.from({ length: DIMENSION }, () => Math.random() - 0.5);
            const at = { createdAt: Date.now(), updatedAt: Date.now(), lastAccessedAt: Date.now() };
            const voiceprint = toVoiceprint('bench', embedding, 30);
            const speaker = {
              domainId,
              generatedSpeakerId,
              customerSpeakerId,
              status: 'ENROLLED' as const,
              voiceprint,
            };
            await speakers.put({ ...speaker, ...at }, undefined);
          }
        };
        await Promise.all(Array.from({ length: AT_ONCE }, worker));
      },
      async put(Key, Body) {
        await s3.send(new PutObjectCommand({ Bucket: 'vivavoce-recordings', Key, Body }));
      },
      async enroll(name, keys) {
        const SpeakerEnrollmentRequests = keys.map((key, i) => ({
          RequestId: `${i}`,
          SpeakerId: `${name}-${i}`,
          AudioSpecifications: [{ S3Uri: `s3://vivavoce-recordings/${key}`, ChannelId: 0 }],
        }));
        // Under another ending than .json: the workflow leaves it alone.
        const Key = `${name}.manifest`;
        const Body = JSON.stringify({ Version: '1.0', SpeakerEnrollmentRequests });
        await s3.send(new PutObjectCommand({ Bucket: 'vivavoce-manifests', Key, Body }));
        const { Job } = await voiceId.send(
          new StartSpeakerEnrollmentJobCommand({
            DomainId: started.domainId,
            DataAccessRoleArn: ROLE_ARN,
            InputDataConfig: { S3Uri: `s3://vivavoce-manifests/${Key}` },
            OutputDataConfig: { S3Uri: 's3://vivavoce-results/bench' },
          }),
        );
        const describe = new DescribeSpeakerEnrollmentJobCommand({ DomainId: started.domainId, JobId: Job?.JobId });
        // Looking costs processor time, which would be counted as the job's: rarer, the longer it takes. When it ended the
        // engine knows better than who looks.
        for (let wait = 100; ; wait *= 1.2) {
          await new Promise((resolve) => setTimeout(resolve, wait));
          const { Job: job } = await voiceId.send(describe);
          if (job?.EndedAt === undefined || job.CreatedAt === undefined) continue;
          return (job.EndedAt.getTime() - job.CreatedAt.getTime()) / 1000;
        }
      },
    });
  } finally {
    await cloud?.stop();
    await rm(dataDir, { recursive: true, force: true });
  }
}
