import type { S3Client } from '@aws-sdk/client-s3';
import type { Reach } from './jobs/data-access.ts';
import type { Logger } from './logger.ts';
import type { Measurement } from './metrics.ts';
import type { DomainVoices } from './scores/domain-voices.ts';
import type { EngineSettings } from './settings.ts';
import type { Job, QueueKind } from './store/jobs.ts';
import type { Store } from './store/store.ts';
import type { VoiceprintPool } from './voiceprint/pool-of.ts';

/** An event for the bus; the caller adds bus and time. */
export interface EngineEvent {
  source: 'vivavoce.voiceid';
  detailType: string;
  detail: object;
}

/** What operations and jobs are given. */
export interface EngineDeps {
  settings: EngineSettings;
  store: Store;
  pool: VoiceprintPool;
  /** What a domain's scores are made of. */
  voices: DomainVoices;
  /**
   * The S3 client that acts as a job's data-access role, for what is about to be touched.
   * @throws ManifestError where the role can't be assumed.
   */
  access(job: Job, reach: Reach): Promise<S3Client> | S3Client;
  /** Best effort: an event that the bus does not take is logged, no more. */
  publish(event: EngineEvent): Promise<void>;
  /** Tells whoever works the queue that a domain has something waiting in it. */
  wake(kind: QueueKind, domainId: string): Promise<void> | void;
  /** Resolves after so many milliseconds, or earlier where `signal` says so. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
  /** A metric on Lambda, a log line elsewhere. */
  measure(measurement: Measurement): void;
  /** Epoch milliseconds. */
  now(): number;
  logger: Logger;
}
