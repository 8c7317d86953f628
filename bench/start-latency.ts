import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { ListSpeakerEnrollmentJobsCommand, VoiceIDClient } from '@aws-sdk/client-voice-id';
import { type Cloud, startCloud } from '../local/cloud.ts';
import type { BenchTable } from './table.ts';

/** Requests in a manifest. */
const SIZES = [1, 100, 10_000];

function manifest(requests: number): string {
  const SpeakerEnrollmentRequests = Array.from({ length: requests }, (_, i) => ({
    RequestId: `${i}`,
    SpeakerId: `speaker-${i}`,
    AudioSpecifications: [{ S3Uri: `s3://vivavoce-recordings/missing/${i}.wav`, ChannelId: 0 }],
  }));
  return JSON.stringify({ Version: '1.0', SpeakerEnrollmentRequests });
}

const median = (values: readonly number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

/** From the upload's first byte to the job being there; the job itself is not waited for: the engine has a domain. */
export async function run({ full }: { full: boolean }): Promise<BenchTable> {
  const rounds = full ? 20 : 5;
  const rows: (string | number)[][] = [];
  for (const size of SIZES) {
    // Anew each: the jobs of the one before would go on beside it.
    const dataDir = await mkdtemp(join(tmpdir(), 'vivavoce-bench-'));
    let cloud: Cloud | undefined;
    try {
      cloud = await startCloud({ host: '127.0.0.1', port: 0, dataDir, env: { POWERTOOLS_LOG_LEVEL: 'SILENT' } });
      const options = { region: 'us-east-1', endpoint: cloud.origin, credentials: cloud.accessKey };
      const s3 = new S3Client({ ...options, forcePathStyle: true });
      const voiceId = new VoiceIDClient(options);
      const list = new ListSpeakerEnrollmentJobsCommand({ DomainId: cloud.domainId });
      const started = async (count: number) => {
        while (((await voiceId.send(list)).JobSummaries?.length ?? 0) < count)
          await new Promise((resolve) => setTimeout(resolve, 5));
      };
      const times: { answered: number; started: number }[] = [];
      const Body = manifest(size);
      for (let round = 0; round <= rounds; round++) {
        const begin = performance.now();
        await s3.send(new PutObjectCommand({ Bucket: 'vivavoce-manifests', Key: `${round}.json`, Body }));
        const answered = performance.now() - begin;
        await started(round + 1);
        times.push({ answered, started: performance.now() - begin });
      }
      // The first loads the function.
      const [first, ...warm] = times;
      rows.push([
        size,
        Math.round(Buffer.byteLength(Body) / 1024),
        Math.round(median(warm.map((time) => time.answered))),
        Math.round(median(warm.map((time) => time.started))),
        Math.round(first?.started ?? 0),
      ]);
    } finally {
      await cloud?.stop();
      await rm(dataDir, { recursive: true, force: true });
    }
  }
  return {
    title: `Milliseconds from an upload to its job, median of ${rounds}, on the local cloud`,
    columns: ['requests', 'manifest, KB', 'upload answered', 'job started', 'first of all'],
    rows,
  };
}
