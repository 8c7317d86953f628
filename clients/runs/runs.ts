import type { S3Client } from '@aws-sdk/client-s3';
import type { SFNClient } from '@aws-sdk/client-sfn';
import type { VoiceIDClient } from '@aws-sdk/client-voice-id';
import { createExecutions } from './executions.ts';
import { createList, type RowPage, type Wanted } from './list.ts';
import { createJobs } from './other-jobs.ts';
import { createProgress } from './progress.ts';
import { createStories, type Story } from './story.ts';

/** All that is known of uploads and their jobs, and remembered: whoever watches them shares one. */
export interface Runs {
  list(wanted: Wanted): Promise<RowPage>;
  /** An upload's; undefined where there is none of this id. @throws CommandError where the state machine is not known. */
  story(uploadId: string): Promise<Story | undefined>;
}

export function createRuns(clients: {
  stepFunctions: SFNClient;
  voiceId: VoiceIDClient;
  s3: S3Client;
  domainId(): Promise<string>;
  stateMachineArn(): string;
  now(): Date;
}): Runs {
  const { stepFunctions, voiceId, s3 } = clients;
  const now = () => clients.now().getTime();
  const progress = createProgress({ stepFunctions, voiceId, now });
  const executions = createExecutions(stepFunctions, () => clients.stateMachineArn(), now);
  return {
    list: createList({ executions, jobs: createJobs(voiceId, now), progress }, clients),
    story: createStories({ stepFunctions, voiceId, s3, now }, progress, () => clients.stateMachineArn()),
  };
}
